// Starts and ends the controllers, in the order in which they tell each other what happened.
import { deleteObject } from '../api/deletion.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { DeploymentController } from './deployment-controller.ts';
import { controllerOf } from './owned-objects.ts';
import { ReplicaSetController } from './replica-set-controller.ts';

/**
 * Starts them; resolves when everything has been looked at. No pod may run yet.
 * @returns ends them, when what has happened is told in every status.
 */
export async function startControllers(
  store: ObjectStore,
  report: (error: unknown) => void,
): Promise<() => Promise<void>> {
  await endDirectPods(store);
  const sets = new ReplicaSetController(store, report);
  const deployments = new DeploymentController(store, report);
  await sets.start();
  await deployments.start();
  await sets.idle();
  await deployments.idle();
  return async () => {
    await sets.stop();
    await deployments.stop();
  };
}

/** Earlier versions of fox had Deployments make pods themselves: those are made anew by ReplicaSets. */
async function endDirectPods(store: ObjectStore): Promise<void> {
  const direct = store.list('pods').items.filter((pod) => controllerOf(pod)?.kind === 'Deployment');
  for (const { metadata } of direct) {
    await deleteObject(store, 'pods', metadata.namespace ?? '', metadata.name, { gracePeriodSeconds: 0 });
  }
}
