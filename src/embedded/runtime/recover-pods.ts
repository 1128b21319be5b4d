// Sets right what a daemon that died left: ends its processes and corrects what its pods claim.
import type { ObjectStore } from '../store/object-store.ts';
import { isFinished, namespaceOf, type Pod } from './pod.ts';
import { interruptedStatus, podStatus } from './pod-status.ts';
import { ProcessRecords } from './process-records.ts';

/**
 * To be called by who has the cluster's claim while no pod runs by its doing. Resolves to the number of processes that
 * were ended.
 */
export async function recoverPods(store: ObjectStore): Promise<number> {
  const ended = await new ProcessRecords(store.records).endOrphans();
  const pods = store.list('pods').items as Pod[];
  const claiming = pods.filter((pod) => pod.status?.containerStatuses !== undefined && !isFinished(pod));
  await Promise.all(claiming.map((pod) => correct(store, pod)));
  return ended;
}

async function correct(store: ObjectStore, pod: Pod): Promise<void> {
  await store.change('pods', namespaceOf(pod), pod.metadata.name, (object) => {
    const stored = object as Pod;
    const policy = stored.spec.restartPolicy;
    const statuses = (stored.status?.containerStatuses ?? []).map((status) =>
      interruptedStatus(status, policy),
    );
    return {
      ...stored,
      status: podStatus(
        stored,
        statuses.map((status) => ({ status })),
      ),
    };
  });
}
