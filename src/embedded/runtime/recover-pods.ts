// Sets right what a daemon that died left: ends its processes and corrects what its pods claim.
import type { ObjectStore } from '../store/object-store.ts';
import { type ContainerStatus, isFinished, namespaceOf, type Pod } from './pod.ts';
import { awaitedStatus, haltedStatus, podStatus } from './pod-status.ts';
import { ProcessRecords } from './process-records.ts';

/**
 * To be called by who has the cluster's claim while no pod runs by its doing. Resolves to the number of processes that
 * were ended.
 */
export async function recoverPods(store: ObjectStore): Promise<number> {
  const ended = await new ProcessRecords(store.records).endOrphans();
  await changeStatuses(store, (status) => haltedStatus(status));
  return ended;
}

/** Makes recovered pods say that they are about to be started. */
export async function awaitPods(store: ObjectStore): Promise<void> {
  await changeStatuses(store, (status, { spec }) => awaitedStatus(status, spec.restartPolicy));
}

async function changeStatuses(
  store: ObjectStore,
  change: (status: ContainerStatus, pod: Pod) => ContainerStatus,
): Promise<void> {
  const pods = store.list('pods').items as Pod[];
  // One that has no status of its containers yet claims nothing, and one that is finished is so still.
  const claiming = pods.filter((pod) => pod.status?.containerStatuses !== undefined && !isFinished(pod));
  await Promise.all(
    claiming.map((pod) =>
      store.change('pods', namespaceOf(pod), pod.metadata.name, (object) => {
        const stored = object as Pod;
        const changed = (stored.status?.containerStatuses ?? []).map((status) => ({
          status: change(status, stored),
        }));
        return { ...stored, status: podStatus(stored, changed) };
      }),
    ),
  );
}
