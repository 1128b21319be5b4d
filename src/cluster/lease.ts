// Leases: one holder at a time, who renews what it holds, and whose death others notice.
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Lease, V1OwnerReference } from '@kubernetes/client-node';
import { FoxError } from '../core/errors.ts';
import { label, managedBy } from '../core/labels.ts';
import type { ApiClient } from './api/api-client.ts';
import { isStatus } from './api/api-error.ts';

/** A holder that hasn't renewed for this long has died. */
const durationSeconds = 15;
const renewMilliseconds = 5_000;
/** While the API is away. */
const retryMilliseconds = 250;
/** For so long it is tried to give a Lease back. */
const releaseMilliseconds = 3_000;

/** Which Lease, and for whom. */
export interface LeaseWish {
  /** Name of its object. */
  readonly name: string;
  /** Who and what for, shown to those who wait: `jason@laptop: deploy v2`. */
  readonly holder: string;
  /** Nobody else calls himself so: a Lease of that holder is our own, from before we died. */
  readonly isUnique?: boolean;
  /** Labels and annotations that it has beside those of everything that fox makes. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** With whose end the object goes, too. */
  readonly owner?: V1OwnerReference;
  /** How long to wait before looking again whether somebody else still holds it, in ms. */
  readonly patience: number;
  /** Told once per holder who is waited for. */
  readonly onWait: (holder: string) => void;
}

/**
 * Runs `work` while holding a Lease; waits for it as long as `signal` allows.
 * The signal given to `work` aborts, too, when the Lease is lost (e.g. after the machine slept).
 * @throws FoxError CONFLICT (as that signal's reason) when somebody else has taken it over.
 */
export async function withLease<T>(
  client: ApiClient,
  wish: LeaseWish,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lease = new HeldLease(client, wish);
  await lease.acquire(signal);
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

/** Who holds a Lease and is alive by the server's clock; undefined if nobody does. */
export function liveHolder(lease: V1Lease | undefined, now: number): string | undefined {
  const holder = lease?.spec?.holderIdentity;
  if (holder === undefined || holder === '') return undefined;
  const renewed = Date.parse(String(lease?.spec?.renewTime ?? ''));
  return now - renewed > durationSeconds * 1_000 ? undefined : holder;
}

/**
 * Renews until the signal aborts. While the API is away nobody else can take the Lease either: it is tried again, and
 * whether somebody was faster then shows by the resourceVersion.
 */
async function keepRenewing(lease: HeldLease, signal: AbortSignal): Promise<void> {
  let pause = renewMilliseconds;
  while (!(await delay(pause, false, { signal }).catch(() => true))) {
    try {
      await lease.renew();
      pause = renewMilliseconds;
    } catch (error) {
      if (!isAway(error)) throw error;
      pause = retryMilliseconds;
    }
  }
}

/** Nothing answered, so that what was asked for may have been done or not. */
function isAway(error: unknown): boolean {
  return error instanceof FoxError && error.code === 'CLUSTER_UNREACHABLE';
}

class HeldLease {
  readonly #client: ApiClient;
  readonly #wish: LeaseWish;
  #object: V1Lease | undefined;
  /** Times that were written since the last answer: each may have arrived, although its answer got lost. */
  readonly #unanswered = new Set<string>();

  constructor(client: ApiClient, wish: LeaseWish) {
    this.#client = client;
    this.#wish = wish;
  }

  async acquire(signal: AbortSignal): Promise<void> {
    const { name, holder: own, isUnique = false, patience, onWait } = this.#wish;
    let told: string | undefined;
    let seen: { readonly version: string | undefined; readonly at: number } | undefined;
    for (;;) {
      signal.throwIfAborted();
      const existing = await this.#client.get<V1Lease>('leases', name);
      const holder = liveHolder(existing, this.#client.now());
      const version = existing?.metadata?.resourceVersion;
      if (seen === undefined || seen.version !== version) seen = { version, at: performance.now() };
      // Whoever hasn't renewed while we looked on is dead, too, should a clock that was set back say otherwise.
      const isSilent = performance.now() - seen.at > durationSeconds * 1_000;
      if (holder === undefined || isSilent || (isUnique && holder === own)) {
        seen = undefined;
        if (await this.#take(existing)) return;
        continue;
      }
      if (holder !== told) onWait(holder);
      told = holder;
      await delay(patience, undefined, { signal });
    }
  }

  async renew(): Promise<void> {
    if (this.#object === undefined) return;
    try {
      this.#object = await this.#client.replace('leases', this.#wish.name, this.#claim(this.#object));
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
    const now = await this.#client.get<V1Lease>('leases', this.#wish.name);
    const { holderIdentity, renewTime } = now?.spec ?? {};
    if (holderIdentity !== this.#wish.holder || !this.#unanswered.has(String(renewTime))) return false;
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
        await this.#client.replace('leases', this.#wish.name, { ...object, spec });
        return;
      } catch (error) {
        if (!(error instanceof FoxError)) throw error;
        if (!isAway(error) || performance.now() > end) return;
      }
      await delay(retryMilliseconds);
    }
  }

  async #take(existing: V1Lease | undefined): Promise<boolean> {
    try {
      this.#object =
        existing === undefined
          ? await this.#client.create('leases', this.#claim(undefined))
          : await this.#client.replace('leases', this.#wish.name, this.#claim(existing));
      return true;
    } catch (error) {
      if (isStatus(error, 409)) return false;
      // Only the answer may have got lost: a Lease that nobody knows to be theirs would keep all others waiting.
      if (isAway(error) && (await this.#isOurs().catch(() => false))) return true;
      throw error;
    }
  }

  #claim(existing: V1Lease | undefined): V1Lease {
    const { name, holder, labels, annotations, owner } = this.#wish;
    // The client's types want Dates, the wire has text with microseconds.
    const renewTime = new Date(this.#client.now()).toISOString().replace('Z', '000Z');
    this.#unanswered.add(renewTime);
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        ...existing?.metadata,
        name,
        labels: { ...existing?.metadata?.labels, [label.managedBy]: managedBy, ...labels },
        annotations: { ...existing?.metadata?.annotations, ...annotations },
        ...(owner === undefined ? {} : { ownerReferences: [owner] }),
      },
      spec: {
        ...existing?.spec,
        holderIdentity: holder,
        leaseDurationSeconds: durationSeconds,
        ...({ renewTime } as object),
      },
    };
  }
}
