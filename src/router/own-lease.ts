// The router's own Lease: by it the router says that it lives, where it can be reached, and which release epoch it serves.
import type { V1Lease } from '@kubernetes/client-node';
import { annotation, kind, label, managedBy, objectName } from '../core/labels.ts';
import { type Api, ApiFailure } from './api.ts';
import { type Log, reasonOf } from './log.ts';

const leaseSeconds = 15;
const renewMilliseconds = 5_000;
const retryMilliseconds = 500;
/** A write that hangs is given up early enough for another before the Lease expires. */
const writeMilliseconds = 4_000;
const removeMilliseconds = 2_000;

/** Written from {@link serve} on, until {@link remove}. */
export class OwnLease {
  readonly #api: Api;
  readonly #path: string;
  readonly #name: string;
  readonly #url: string;
  readonly #log: Log;
  readonly #acquired = new Date();
  #epoch: number | undefined;
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  readonly #ending = new AbortController();

  /** @param url base URL of the edge port. */
  constructor(api: Api, namespace: string, id: string, url: string, log: Log) {
    this.#api = api;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    this.#name = objectName.routerLease(id);
    this.#url = url;
    this.#log = log;
  }

  /** From now on requests are served by the releases of `epoch`; said at once. */
  serve(epoch: number): void {
    this.#epoch = epoch;
    this.#wake();
    this.#running ??= this.#run();
  }

  /** Ends the Lease: nobody waits for this router any more. */
  async remove(): Promise<void> {
    this.#ending.abort();
    this.#wake();
    if (this.#running === undefined) return;
    await this.#running;
    try {
      const signal = AbortSignal.timeout(removeMilliseconds);
      await this.#api.json({ method: 'DELETE', path: `${this.#path}/${this.#name}`, signal });
    } catch (error) {
      if (isNotFound(error)) return;
      this.#log('warning', 'lease-not-removed', { reason: reasonOf(error) });
    }
  }

  /** Writes whenever there is another epoch to tell or the Lease would grow old. */
  async #run(): Promise<void> {
    let hasFailed = false;
    while (!this.#ending.signal.aborted) {
      const epoch = this.#epoch;
      let wait = renewMilliseconds;
      try {
        await this.#write();
        if (hasFailed) this.#log('info', 'lease-recovered');
        hasFailed = false;
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        if (!hasFailed) this.#log('warning', 'lease-failed', { reason: reasonOf(error) });
        hasFailed = true;
        wait = retryMilliseconds;
      }
      if (hasFailed || this.#epoch === epoch) await this.#sleep(wait);
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
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(writeMilliseconds)]);
    try {
      await this.#api.json({ method: 'PATCH', path: `${this.#path}/${this.#name}`, body, signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#api.json({ method: 'POST', path: this.#path, body, signal });
    }
  }

  #object(): V1Lease {
    const now = new Date();
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: this.#name,
        labels: { [label.managedBy]: managedBy, [label.kind]: kind.router },
        annotations: { [annotation.epoch]: String(this.#epoch), [annotation.url]: this.#url },
      },
      spec: {
        holderIdentity: this.#name,
        leaseDurationSeconds: leaseSeconds,
        acquireTime: microTime(this.#acquired),
        renewTime: microTime(now),
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
