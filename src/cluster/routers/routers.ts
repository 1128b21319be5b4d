// The routers that are alive, by their Leases, and which release epoch each of them serves.
import type { V1Lease } from '@kubernetes/client-node';
import { annotation, kind, label, managedBy } from '../../core/labels.ts';
import type { StreamCount } from '../../core/routing/router-report.ts';
import { readStreamReport } from '../../core/routing/stream-report.ts';
import { timeLimit } from '../../core/time-limit.ts';
import type { ApiClient } from '../api/api-client.ts';

/** A router whose Lease hasn't expired. */
export interface LiveRouter {
  readonly name: string;
  /** Release epoch that it serves. */
  readonly epoch: number;
  /** Base URL of its edge port, where it knows that: in a Kubernetes cluster it doesn't. */
  readonly url?: string;
  /** Version of fox that it is of, where it tells. */
  readonly foxVersion?: string;
  /** When it was last seen to know all that the cluster has (RFC 3339), where it tells. */
  readonly currentAt?: string;
  /** Streams that are open on it, as of some seconds ago. */
  readonly streams: readonly StreamCount[];
}

/** Who serves an epoch. */
export interface EpochProgress {
  /** Routers that serve it. */
  readonly acked: number;
  /** Routers that are alive. */
  readonly total: number;
  /** Those that don't serve it yet. */
  readonly behind: readonly LiveRouter[];
}

const selection = { labelSelector: `${label.managedBy}=${managedBy},${label.kind}=${kind.router}` };

/** Routers that are alive now. */
export async function liveRouters(client: ApiClient): Promise<LiveRouter[]> {
  return (await liveLeases(client)).map(readRouter);
}

/** The Leases of routers that are alive now. */
export async function liveLeases(client: ApiClient): Promise<V1Lease[]> {
  const leases = await client.list<V1Lease>('leases', selection);
  return leases.items.filter((lease) => isLive(lease, client.now()));
}

/**
 * Waits until every live router serves `epoch` or a later one.
 * @returns how many routers there are. Aborting the signal throws its reason.
 */
export async function waitForEpoch(
  client: ApiClient,
  epoch: number,
  onProgress: (progress: EpochProgress) => void,
  signal: AbortSignal,
): Promise<number> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  try {
    for (;;) {
      signal.throwIfAborted();
      const list = await client.list<V1Lease>('leases', selection);
      const leases = new Map(list.items.map((lease) => [lease.metadata?.name ?? '', lease]));
      const acknowledged = () => {
        const live = [...leases.values()].filter((lease) => isLive(lease, client.now())).map(readRouter);
        const behind = live.filter((router) => router.epoch < epoch);
        onProgress({ acked: live.length - behind.length, total: live.length, behind });
        return live.length > 0 && behind.length === 0 ? live.length : undefined;
      };
      const already = acknowledged();
      if (already !== undefined) return already;
      // Routers that die don't send events: look again when the first Lease ends.
      const look = timeLimit(untilExpiry(leases.values(), client.now()), either);
      try {
        const changes = client.watch<V1Lease>('leases', list.resourceVersion, selection, look);
        for await (const { type, object } of changes) {
          if (type === 'DELETED') leases.delete(object.metadata?.name ?? '');
          else if (type !== 'BOOKMARK') leases.set(object.metadata?.name ?? '', object);
          const total = acknowledged();
          if (total !== undefined) return total;
        }
      } catch (error) {
        if (!look.aborted || signal.aborted) throw error;
      }
    }
  } finally {
    stop.abort();
  }
}

/** How long a look lasts at most (in ms) where no Lease ends, and at least: clocks have whole seconds. */
const longestLook = 15_000;
const shortestLook = 250;

/** Ms until the first Lease that lives ends, if it isn't renewed. */
function untilExpiry(leases: Iterable<V1Lease>, now: number): number {
  const left = [...leases].map((lease) => expiryOf(lease) - now).filter((each) => each > 0);
  return Math.max(shortestLook, Math.min(longestLook, ...left.map(Math.ceil)));
}

/** A router that ends gives its Lease up. */
function isLive(lease: V1Lease, now: number): boolean {
  return (lease.spec?.holderIdentity ?? '') !== '' && expiryOf(lease) > now;
}

/** In ms since 1970. */
function expiryOf({ spec }: V1Lease): number {
  return Date.parse(String(spec?.renewTime ?? '')) + (spec?.leaseDurationSeconds ?? 0) * 1_000;
}

function readRouter(lease: V1Lease): LiveRouter {
  const { name = '', annotations = {} } = lease.metadata ?? {};
  const url = annotations[annotation.url];
  const { [annotation.foxVersion]: foxVersion, [annotation.currentAt]: currentAt } = annotations;
  return {
    name,
    epoch: Number(annotations[annotation.epoch] ?? -1),
    ...(url === undefined ? {} : { url }),
    ...(foxVersion === undefined ? {} : { foxVersion }),
    ...(currentAt === undefined ? {} : { currentAt }),
    streams: readStreamReport(annotations[annotation.streams]),
  };
}
