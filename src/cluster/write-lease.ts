// The Lease that whoever changes a namespace holds, so that two people's changes come one after the other.
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Lease } from '@kubernetes/client-node';
import { FoxError } from '../core/errors.ts';
import { label, managedBy, objectName } from '../core/labels.ts';
import type { ApiClient } from './api/api-client.ts';
import { isStatus } from './api/api-error.ts';

/** A holder that hasn't renewed for this long has died. */
const durationSeconds = 15;
const renewMilliseconds = 5_000;
const pollMilliseconds = 250;
/** For so long it is tried to give a Lease back. */
const releaseMilliseconds = 3_000;

/** What a waiter is told, once per holder. */
export interface LeaseWait {
  (holder: string): void;
}

/**
 * Runs `work` while holding the namespace's write Lease; waits for it as long as `signal` allows.
 * The signal given to `work` aborts, too, when the Lease is lost (e.g. after the machine slept).
 * @param holder who and what for, shown to those who wait: `jason@laptop: deploy v2`.
 */
export async function withWriteLease<T>(
  client: ApiClient,
  holder: string,
  onWait: LeaseWait,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lease = new WriteLease(client, holder);
  await lease.acquire(onWait, signal);
  const lost = new AbortController();
  const done = new AbortController();
  const renewing = keepRenewing(lease, done.signal).catch((error: unknown) => lost.abort(error));
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    done.abort();
    await renewing;
    await lease.release();
  }
}

/**
 * Renews until the signal aborts. While the API is away nobody else can take the Lease either: it is tried again, and
 * whether somebody was faster then shows by the resourceVersion.
 */
async function keepRenewing(lease: WriteLease, signal: AbortSignal): Promise<void> {
  let pause = renewMilliseconds;
  while (!(await delay(pause, false, { signal }).catch(() => true))) {
    try {
      await lease.renew();
      pause = renewMilliseconds;
    } catch (error) {
      if (!isAway(error)) throw error;
      pause = pollMilliseconds;
    }
  }
}

/** Nothing answered, so that what was asked for may have been done or not. */
function isAway(error: unknown): boolean {
  return error instanceof FoxError && error.code === 'CLUSTER_UNREACHABLE';
}

class WriteLease {
  readonly #client: ApiClient;
  readonly #holder: string;
  #object: V1Lease | undefined;
  /** Times that were written since the last answer: each may have arrived, although its answer got lost. */
  readonly #unanswered = new Set<string>();

  constructor(client: ApiClient, holder: string) {
    this.#client = client;
    this.#holder = holder;
  }

  async acquire(onWait: LeaseWait, signal: AbortSignal): Promise<void> {
    let told: string | undefined;
    for (;;) {
      signal.throwIfAborted();
      const existing = await this.#client.get<V1Lease>('leases', objectName.writeLease);
      const holder = this.#liveHolder(existing);
      if (holder === undefined) {
        if (await this.#take(existing)) return;
        continue;
      }
      if (holder !== told) onWait(holder);
      told = holder;
      await delay(pollMilliseconds, undefined, { signal });
    }
  }

  async renew(): Promise<void> {
    if (this.#object === undefined) return;
    try {
      this.#object = await this.#client.replace('leases', objectName.writeLease, this.#claim(this.#object));
      this.#unanswered.clear();
    } catch (error) {
      if (!isStatus(error, 409) && !isStatus(error, 404)) throw error;
      if (await this.#isOurs()) return;
      throw new FoxError('CONFLICT', 'somebody else took over the namespace while this command was stalled', {
        hints: ['Run it again: what is done already stays done.'],
        cause: error,
      });
    }
  }

  /** Whether what the API has is what we wrote, although its answer got lost. */
  async #isOurs(): Promise<boolean> {
    const now = await this.#client.get<V1Lease>('leases', objectName.writeLease);
    const { holderIdentity, renewTime } = now?.spec ?? {};
    if (holderIdentity !== this.#holder || !this.#unanswered.has(String(renewTime))) return false;
    this.#object = now;
    this.#unanswered.clear();
    return true;
  }

  /**
   * Gives it back, also to a cluster that is away for a moment: others wait for nobody then. A Lease that is no longer
   * ours, or a cluster that stays away, needs no giving back.
   */
  async release(): Promise<void> {
    const object = this.#object;
    this.#object = undefined;
    if (object === undefined) return;
    const spec = { ...object.spec, holderIdentity: '' };
    const end = performance.now() + releaseMilliseconds;
    for (;;) {
      try {
        // Guarded by its resourceVersion: twice does no harm.
        await this.#client.replace('leases', objectName.writeLease, { ...object, spec });
        return;
      } catch (error) {
        if (!(error instanceof FoxError)) throw error;
        if (!isAway(error) || performance.now() > end) return;
      }
      await delay(pollMilliseconds);
    }
  }

  #liveHolder(lease: V1Lease | undefined): string | undefined {
    const holder = lease?.spec?.holderIdentity;
    if (holder === undefined || holder === '') return undefined;
    const renewed = Date.parse(String(lease?.spec?.renewTime ?? ''));
    const expired = this.#client.now() - renewed > durationSeconds * 1_000;
    return expired ? undefined : holder;
  }

  async #take(existing: V1Lease | undefined): Promise<boolean> {
    try {
      this.#object =
        existing === undefined
          ? await this.#client.create('leases', this.#claim(undefined))
          : await this.#client.replace('leases', objectName.writeLease, this.#claim(existing));
      return true;
    } catch (error) {
      if (isStatus(error, 409)) return false;
      // Only the answer may have got lost: a Lease that nobody knows to be theirs would keep all others waiting.
      if (isAway(error) && (await this.#isOurs().catch(() => false))) return true;
      throw error;
    }
  }

  #claim(existing: V1Lease | undefined): V1Lease {
    // The client's types want Dates, the wire has text with microseconds.
    const renewTime = new Date(this.#client.now()).toISOString().replace('Z', '000Z');
    this.#unanswered.add(renewTime);
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: existing?.metadata ?? {
        name: objectName.writeLease,
        labels: { [label.managedBy]: managedBy },
      },
      spec: {
        ...existing?.spec,
        holderIdentity: this.#holder,
        leaseDurationSeconds: durationSeconds,
        ...({ renewTime } as object),
      },
    };
  }
}
