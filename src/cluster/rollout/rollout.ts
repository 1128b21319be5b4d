// Follows workloads by watch until whoever waits for them has seen enough.
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { label, managedBy } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { followCollection, type FollowOptions } from '../api/live-collection.ts';
import { expiredDeployments, rolloutState, type RolloutState } from './rollout-state.ts';

/** Everything that fox makes, and its pods. */
const labelSelector = `${label.managedBy}=${managedBy}`;

/**
 * Follows Deployments (by name) and their pods; `decide` is asked after each change and ends it by returning a value.
 * @throws FoxError when the API refuses or stays away; the signal's reason when it aborts.
 */
export async function followRollout<T>(
  client: ApiClient,
  names: ReadonlySet<string>,
  decide: (state: RolloutState) => T | undefined,
  options: FollowOptions,
): Promise<T> {
  let deployments: ReadonlyMap<string, V1Deployment> | undefined;
  let pods: ReadonlyMap<string, V1Pod> | undefined;
  let expired: Set<string> | undefined;
  let decision: T | undefined;
  const decided = new AbortController();
  const look = () => {
    if (deployments === undefined || pods === undefined || decision !== undefined) return;
    expired ??= expiredDeployments(deployments.values());
    decision = decide(rolloutState(names, deployments.values(), pods.values(), expired));
    if (decision !== undefined) decided.abort();
  };
  const follow = { ...options, signal: AbortSignal.any([options.signal, decided.signal]) };
  const ofDeployments = followCollection<V1Deployment>(
    client,
    { resource: 'deployments', labelSelector },
    (objects) => {
      deployments = objects;
      look();
    },
    follow,
  );
  const ofPods = followCollection<V1Pod>(
    client,
    { resource: 'pods', labelSelector },
    (objects) => {
      pods = objects;
      look();
    },
    follow,
  );
  try {
    await Promise.all([ofDeployments, ofPods]);
  } finally {
    decided.abort();
    await Promise.allSettled([ofDeployments, ofPods]);
  }
  if (decision === undefined) throw options.signal.reason;
  return decision;
}
