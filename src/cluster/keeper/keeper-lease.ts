// The keeper's Lease: of several keepers one acts, and everybody sees whether one is alive.
import type { V1Lease } from '@kubernetes/client-node';
import { annotation, kind, label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { liveHolder, withLease } from '../lease.ts';

/** One that waits looks so often whether the other is still there, in ms. */
const patience = 5_000;

/** A keeper. */
export interface KeeperIdentity {
  /** Tells keepers of a namespace apart: the name of its pod, where it has one. */
  readonly id: string;
  /** Version of fox that it is of. */
  readonly foxVersion: string;
  /** Uid of its pod: the Lease goes with it, however that ends. */
  readonly podUid?: string;
}

/** Runs `work` as the one keeper that acts. Its signal aborts when another has taken over. */
export async function asKeeper<T>(
  client: ApiClient,
  { id, foxVersion, podUid }: KeeperIdentity,
  onWait: (holder: string) => void,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const wish = {
    name: objectName.keeper,
    holder: id,
    isUnique: true,
    labels: { [label.kind]: kind.keeper },
    annotations: { [annotation.foxVersion]: foxVersion },
    ...(podUid === undefined ? {} : { owner: { apiVersion: 'v1', kind: 'Pod', name: id, uid: podUid } }),
    patience,
    onWait,
  };
  return withLease(client, wish, signal, work);
}

/** The keeper that is alive; undefined if none is. */
export async function liveKeeper(client: ApiClient): Promise<KeeperIdentity | undefined> {
  // Who may only look may list Leases.
  const { items } = await client.list<V1Lease>('leases', {
    labelSelector: `${label.managedBy}=${managedBy},${label.kind}=${kind.keeper}`,
  });
  const lease = items.find(({ metadata }) => metadata?.name === objectName.keeper);
  const id = liveHolder(lease, client.now());
  if (id === undefined) return undefined;
  return { id, foxVersion: lease?.metadata?.annotations?.[annotation.foxVersion] ?? '' };
}
