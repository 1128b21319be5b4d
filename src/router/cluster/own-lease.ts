// The router's own Lease: by it the router says that it lives, where it can be reached, and which release epoch it serves.
import type { V1Lease } from '@kubernetes/client-node';
import { annotation, kind, label, managedBy, objectName } from '../../core/labels.ts';
import { timeLimit } from '../../core/time-limit.ts';
import { type Api, ApiFailure } from './api.ts';
import { type Log, reasonOf } from '../log.ts';

const leaseSeconds = 15;
const renewMilliseconds = 5_000;
const retryMilliseconds = 500;
/** A write that hangs is given up early enough for another before the Lease expires. */
const writeMilliseconds = 4_000;
const giveUpMilliseconds = 2_000;

/** What a router says of itself. */
export interface LeaseOptions {
  readonly api: Api;
  readonly namespace: string;
  /** Tells routers of a namespace apart: the name of its pod, where it has one. */
  readonly id: string;
  /** Base URL of the edge port, where that is known from within. */
  readonly url?: string;
  /** Version of fox. */
  readonly version: string;
  /** Uid of its pod: the Lease goes with it, however that ends. */
  readonly podUid?: string;
  /** When its watch was last seen to have delivered all. */
  readonly currentAt: () => Date | undefined;
  readonly log: Log;
}

/** A text, or what tells it whenever the Lease is written. */
type Saying = string | (() => string);

/** Written from {@link serve} on, until {@link giveUp}. */
export class OwnLease {
  readonly #options: LeaseOptions;
  readonly #path: string;
  readonly #name: string;
  readonly #acquired = new Date();
  #epoch: number | undefined;
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  /** Further annotations, by name. */
  readonly #said = new Map<string, Saying>();
  #hasNews = false;
  readonly #ending = new AbortController();

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`;
    this.#name = objectName.routerLease(options.id);
  }

  /** From now on requests are served by the releases of `epoch`; said at once. */
  serve(epoch: number): void {
    this.#epoch = epoch;
    this.#wake();
    this.#running ??= this.#run();
  }

  /** Says something of the router in an annotation: with the next renewal, or at once. An empty text says nothing any more. */
  say(name: string, text: Saying, when: 'soon' | 'now'): void {
    if (this.#said.get(name) === text) return;
    this.#said.set(name, text);
    if (when === 'soon') return;
    this.#hasNews = true;
    this.#wake();
  }

  /** Nobody waits for this router any more: the Lease has no holder. It isn't deleted: that is a right of its own. */
  async giveUp(): Promise<void> {
    this.#ending.abort();
    this.#wake();
    if (this.#running === undefined) return;
    await this.#running;
    try {
      await this.#options.api.json({
        method: 'PATCH',
        path: `${this.#path}/${this.#name}`,
        body: { spec: { holderIdentity: '', renewTime: microTime(new Date(0)) } },
        signal: AbortSignal.timeout(giveUpMilliseconds),
      });
    } catch (error) {
      if (isNotFound(error)) return;
      this.#options.log('warning', 'lease-not-given-up', { reason: reasonOf(error) });
    }
  }

  /** Writes whenever there is another epoch to tell or the Lease would grow old. */
  async #run(): Promise<void> {
    let hasFailed = false;
    while (!this.#ending.signal.aborted) {
      const epoch = this.#epoch;
      let wait = renewMilliseconds;
      this.#hasNews = false;
      try {
        await this.#write();
        if (hasFailed) this.#options.log('info', 'lease-recovered');
        hasFailed = false;
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        if (!hasFailed) this.#options.log('warning', 'lease-failed', { reason: reasonOf(error) });
        hasFailed = true;
        wait = retryMilliseconds;
      }
      if (hasFailed || (this.#epoch === epoch && !this.#hasNews)) await this.#sleep(wait);
    }
  }

  /** Waits, unless woken. */
  async #sleep(milliseconds: number): Promise<void> {
    if (this.#ending.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #write(): Promise<void> {
    const body = this.#object();
    const signal = timeLimit(writeMilliseconds, this.#ending.signal);
    try {
      await this.#options.api.json({ method: 'PATCH', path: `${this.#path}/${this.#name}`, body, signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#options.api.json({ method: 'POST', path: this.#path, body, signal });
    }
  }

  #sayings(): Record<string, string> {
    const texts = [...this.#said].map(([name, text]) => [name, typeof text === 'string' ? text : text()]);
    return Object.fromEntries(texts) as Record<string, string>;
  }

  #object(): V1Lease {
    const { id, url, version, podUid, currentAt } = this.#options;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: this.#name,
        labels: { [label.managedBy]: managedBy, [label.kind]: kind.router },
        annotations: {
          ...this.#sayings(),
          [annotation.epoch]: String(this.#epoch),
          [annotation.foxVersion]: version,
          [annotation.currentAt]: (currentAt() ?? this.#acquired).toISOString(),
          ...(url === undefined ? {} : { [annotation.url]: url }),
        },
        ...(podUid === undefined
          ? {}
          : { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: id, uid: podUid }] }),
      },
      spec: {
        holderIdentity: this.#name,
        leaseDurationSeconds: leaseSeconds,
        acquireTime: microTime(this.#acquired),
        renewTime: microTime(new Date()),
      },
    };
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiFailure && error.status === 404;
}

/** RFC 3339 with microseconds, as the API wants the times of a Lease. */
function microTime(date: Date): NonNullable<NonNullable<V1Lease['spec']>['renewTime']> {
  return date.toISOString().replace('Z', '000Z') as unknown as NonNullable<
    NonNullable<V1Lease['spec']>['renewTime']
  >;
}
