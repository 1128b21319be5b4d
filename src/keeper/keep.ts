// What the keeper does while it is the one that acts: follows the virtual environments, and ends those whose time is over.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { endExpired } from '../actions/environments/end-expired.ts';
import { unclear } from '../actions/environments/environment-end.ts';
import { followCollection } from '../cluster/api/live-collection.ts';
import { writeKeeperEvent } from '../cluster/keeper/keeper-event.ts';
import type { Namespace } from '../cluster/namespace.ts';
import { readEnvironment } from '../cluster/objects/environment-object.ts';
import { FoxError } from '../core/errors.ts';
import { kind, label, managedBy, objectName } from '../core/labels.ts';
import { deploymentName } from '../core/names.ts';
import { dueEnvironments } from './due-environments.ts';
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
  readonly #signal: AbortSignal;
  #objects: ReadonlyMap<string, V1ConfigMap> = new Map();
  #isWoken = false;
  #wake: () => void = () => undefined;
  readonly #failures = new Map<string, Failure>();
  /** What was told of environments that have to wait. */
  readonly #told = new Map<string, string>();

  constructor(options: KeepOptions, signal: AbortSignal) {
    this.#options = options;
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
      this.#tellWaiting(waiting);
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
    const { namespace, id, log } = this.#options;
    const emit = (event: { readonly type: string; readonly text?: string }) => {
      if (event.type === 'info' || event.type === 'warning') log(event.type, 'note', { text: event.text });
    };
    try {
      const end = await endExpired(namespace, name, { user: id, emit, signal: this.#signal });
      this.#failures.delete(name);
      if (end === undefined) return;
      const [releases, versions] = [end.releases, end.versions].map((list) =>
        list.map(({ app, version }) => deploymentName(app, version)),
      );
      const workloads = end.workloads.map((workload) => workload.name);
      log('info', 'environment-ended', { environment: name, releases, versions, workloads });
      if (end.isUnclear) log('warning', 'workloads-unclear', { environment: name, reason: unclear(name) });
      await this.#tell(name, 'Normal', 'Expired', endText(name, releases ?? [], workloads));
    } catch (error) {
      if (this.#signal.aborted) return;
      if (!(error instanceof FoxError)) throw error;
      await this.#fail(name, error);
    }
  }

  async #fail(name: string, error: FoxError): Promise<void> {
    const before = this.#failures.get(name);
    const pause = before === undefined ? firstRetry : Math.min(longestRetry, before.pause * 2);
    this.#failures.set(name, { retryAt: performance.now() + pause, pause });
    const reason = reasonOf(error);
    this.#options.log('warning', 'environment-not-ended', {
      environment: name,
      reason,
      details: error.details,
    });
    // An API that is away can't be told either.
    if (before === undefined && error.code !== 'CLUSTER_UNREACHABLE')
      await this.#tell(name, 'Warning', 'NotEnded', `its time is over, but ${reason}; trying again`);
  }

  /** Where Events may not be written, the log has to do. */
  async #tell(
    environment: string,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): Promise<void> {
    const { namespace, log } = this.#options;
    const object = [...this.#objects.values()].find(
      ({ metadata }) => metadata?.name === objectName.environment(environment),
    );
    const uid = object?.metadata?.uid ?? '';
    try {
      await writeKeeperEvent(namespace.client, { environment, uid, type, reason, message });
    } catch (error) {
      if (!(error instanceof FoxError)) throw error;
      log('warning', 'event-not-written', { environment, reason: reasonOf(error) });
    }
  }

  #tellWaiting(waiting: ReadonlyMap<string, readonly string[]>): void {
    for (const [environment, children] of waiting) {
      const text = children.join(', ');
      if (this.#told.get(environment) === text) continue;
      this.#told.set(environment, text);
      this.#options.log('info', 'environment-waits', { environment, inheritedBy: children });
    }
    for (const environment of this.#told.keys())
      if (!waiting.has(environment)) this.#told.delete(environment);
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

function endText(name: string, releases: readonly string[], workloads: readonly string[]): string {
  const released = releases.length === 0 ? '' : `; ${releases.join(', ')} was released there`;
  const left = workloads.length === 0 ? 'no workload ran only there' : `with it went ${workloads.join(', ')}`;
  return `the time of virtual environment ${name} is over${released}; ${left}`;
}
