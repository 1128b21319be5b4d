// What the keeper does while it is the one that acts: follows the virtual environments, and ends those whose time is over.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { endExpired } from '../actions/environments/end/end-expired.ts';
import { followCollection } from '../cluster/api/live-collection.ts';
import type { Namespace } from '../cluster/namespace.ts';
import { readEnvironment } from '../cluster/objects/environment-object.ts';
import { FoxError } from '../core/errors.ts';
import { kind, label, managedBy, objectName } from '../core/labels.ts';
import { dueEnvironments } from './due-environments.ts';
import { KeeperReport } from './keeper-report.ts';
import { type Log, reasonOf } from './log.ts';

/** What it needs. */
export interface KeepOptions {
  readonly namespace: Namespace;
  /** Shown to those who wait for it: `fox-keeper-7d9f…`. */
  readonly id: string;
  readonly log: Log;
  /** Told whenever the environments have been read. */
  readonly onRead: () => void;
}

/** The clock is looked at so often, in ms: it may have been set, or the machine may have slept. */
const longestPause = 10_000;
/** What couldn't be ended is tried again after so long, in ms, twice as long each time. */
const [firstRetry, longestRetry] = [5_000, 300_000];
/** How long the API may be away. */
const patience = Number.POSITIVE_INFINITY;

const selection = {
  resource: 'configmaps',
  labelSelector: `${label.managedBy}=${managedBy},${label.kind}=${kind.environment}`,
} as const;

/** An environment that couldn't be ended. */
interface Failure {
  /** By the monotonic clock, in ms. */
  readonly retryAt: number;
  readonly pause: number;
}

/**
 * Keeps until the signal aborts.
 * @throws FoxError when the API refuses what a keeper needs.
 */
export async function keep(options: KeepOptions, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const keeping = new Keeping(options, AbortSignal.any([signal, ended.signal]));
  // Whichever ends has the other one end, too; what that is about is finished.
  const parts = [keeping.follow(), keeping.run()].map((part) => part.finally(() => ended.abort()));
  for (const part of await Promise.allSettled(parts)) if (part.status === 'rejected') throw part.reason;
}

class Keeping {
  readonly #options: KeepOptions;
  readonly #report: KeeperReport;
  readonly #signal: AbortSignal;
  #objects: ReadonlyMap<string, V1ConfigMap> = new Map();
  #isWoken = false;
  #wake: () => void = () => undefined;
  readonly #failures = new Map<string, Failure>();

  constructor(options: KeepOptions, signal: AbortSignal) {
    this.#options = options;
    this.#report = new KeeperReport(options.namespace.client, options.log);
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake());
  }

  /** Knows all environments, until the signal aborts. */
  async follow(): Promise<void> {
    const { namespace, log, onRead } = this.#options;
    let isAway = false;
    await followCollection<V1ConfigMap>(
      namespace.client,
      selection,
      (objects) => {
        if (isAway) log('info', 'cluster-back');
        isAway = false;
        this.#objects = new Map(objects);
        onRead();
        this.#isWoken = true;
        this.#wake();
      },
      {
        signal: this.#signal,
        patience,
        onAway: (error) => {
          if (!isAway) log('warning', 'cluster-away', { reason: reasonOf(error) });
          isAway = true;
        },
      },
    );
  }

  /** Ends what is due, and waits for what comes next. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      this.#isWoken = false;
      const {
        due,
        waiting,
        next = longestPause,
      } = dueEnvironments(
        [...this.#objects.values()].map(readEnvironment),
        this.#options.namespace.client.now(),
      );
      this.#report.waiting(waiting);
      for (const name of this.#failures.keys()) if (!due.includes(name)) this.#failures.delete(name);
      for (const name of due) if (this.#isTurnOf(name)) await this.#end(name);
      await this.#sleep(Math.min(next, this.#untilRetry(), longestPause));
    }
  }

  /** Waits, unless something has changed. */
  async #sleep(milliseconds: number): Promise<void> {
    if (this.#signal.aborted || this.#isWoken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #end(name: string): Promise<void> {
    const { namespace, id } = this.#options;
    const uid = this.#uidOf(name);
    const { emit } = this.#report;
    try {
      const end = await endExpired(namespace, name, { user: id, emit, signal: this.#signal });
      this.#failures.delete(name);
      if (end !== undefined) await this.#report.ended({ name, uid }, end);
    } catch (error) {
      if (this.#signal.aborted) return;
      if (!(error instanceof FoxError)) throw error;
      const before = this.#failures.get(name);
      const pause = before === undefined ? firstRetry : Math.min(longestRetry, before.pause * 2);
      this.#failures.set(name, { retryAt: performance.now() + pause, pause });
      await this.#report.notEnded({ name, uid }, error, before === undefined);
    }
  }

  #uidOf(name: string): string {
    const object = objectName.environment(name);
    const found = [...this.#objects.values()].find(({ metadata }) => metadata?.name === object);
    return found?.metadata?.uid ?? '';
  }

  #isTurnOf(name: string): boolean {
    const failure = this.#failures.get(name);
    return !this.#signal.aborted && (failure === undefined || failure.retryAt <= performance.now());
  }

  #untilRetry(): number {
    const times = [...this.#failures.values()].map(({ retryAt }) => retryAt - performance.now());
    return Math.max(0, Math.min(longestPause, ...times));
  }
}
