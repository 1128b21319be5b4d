// The routers that are alive, by their Leases, and which release epoch each of them serves.
import type { V1Lease } from '@kubernetes/client-node';
import { annotation, kind, label, managedBy } from '../core/labels.ts';
import type { ApiClient } from './api-client.ts';

/** A router whose Lease hasn't expired. */
export interface LiveRouter {
  readonly name: string;
  /** Release epoch that it serves. */
  readonly epoch: number;
  /** Base URL of its edge port. */
  readonly url: string;
  /** Version of fox that it is of, where it tells. */
  readonly foxVersion?: string;
}

const selection = { labelSelector: `${label.managedBy}=${managedBy},${label.kind}=${kind.router}` };

/** Routers that are alive now. */
export async function liveRouters(client: ApiClient): Promise<LiveRouter[]> {
  const leases = await client.list<V1Lease>('leases', selection);
  return leases.items.filter((lease) => isLive(lease, client.now())).map(readRouter);
}

/**
 * Waits until every live router serves `epoch` or a later one.
 * @returns how many routers there are. Aborting the signal throws its reason.
 */
export async function waitForEpoch(
  client: ApiClient,
  epoch: number,
  onProgress: (acked: number, total: number) => void,
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
        const acked = live.filter((router) => router.epoch >= epoch).length;
        onProgress(acked, live.length);
        return live.length > 0 && acked === live.length ? live.length : undefined;
      };
      const already = acknowledged();
      if (already !== undefined) return already;
      // Routers that die don't send events: look again after the time that a Lease lives.
      const look = AbortSignal.any([either, AbortSignal.timeout(leaseMilliseconds)]);
      for await (const { type, object } of client.watch<V1Lease>(
        'leases',
        list.resourceVersion,
        selection,
        look,
      )) {
        if (type === 'DELETED') leases.delete(object.metadata?.name ?? '');
        else leases.set(object.metadata?.name ?? '', object);
        const total = acknowledged();
        if (total !== undefined) return total;
      }
    }
  } finally {
    stop.abort();
  }
}

const leaseMilliseconds = 15_000;

function isLive(lease: V1Lease, now: number): boolean {
  const duration = (lease.spec?.leaseDurationSeconds ?? 0) * 1_000;
  return Date.parse(String(lease.spec?.renewTime ?? '')) + duration > now;
}

function readRouter(lease: V1Lease): LiveRouter {
  const { name = '', annotations = {} } = lease.metadata ?? {};
  const foxVersion = annotations[annotation.foxVersion];
  return {
    name,
    epoch: Number(annotations[annotation.epoch] ?? -1),
    url: annotations[annotation.url] ?? '',
    ...(foxVersion === undefined ? {} : { foxVersion }),
  };
}
