// What is known of a workload that a request or a call gets to: its Deployment's name, whom else it serves, its pods.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { PodView } from '../../cluster/objects/pod-object.ts';
import { objectName } from '../../core/labels.ts';
import { versionsOf, wantedWorkloads } from '../../core/plan/wanted.ts';
import { workloadKey } from '../../core/version/workload.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import type { ExplainedWorkload } from './explain-result.ts';

/** A namespace as it was observed. */
export interface Observed {
  readonly state: NamespaceState;
  /** Of all apps; undefined: they may not be listed. */
  readonly pods: readonly PodView[] | undefined;
  /** Nothing runs: what is ready on disk isn't. */
  readonly isStopped: boolean;
}

/** @param key workload key. @param version the one that it was asked for. */
export function observedWorkload(
  key: string,
  version: string | undefined,
  { state, pods, isStopped }: Observed,
): ExplainedWorkload {
  const [app = '', component = '', hash = ''] = key.split('/');
  const wants = wantedWorkloads(state.versions, environmentsByName(state)).get(key)?.wants ?? [];
  const alive = pods?.filter((pod) => workloadKey(pod) === key && !pod.terminating && pod.ended !== true);
  const deployed = state.workloads.find((each) => workloadKey(each) === key);
  const total = alive?.length ?? deployed?.replicas ?? 0;
  const ready = alive?.filter((pod) => pod.ready).length ?? deployed?.available ?? 0;
  return {
    name: objectName.workload(app, component, hash),
    hash,
    sharedWith: versionsOf(wants).filter((each) => each !== version),
    pods: { ready: isStopped ? 0 : ready, total },
  };
}
