// Creates the Deployment of a workload and the Secret that it uses: once, never over something else, and on clusters that lack a newer feature, too.
import type { V1Deployment } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { label, managedBy } from '../../core/labels.ts';
import type { Workload } from '../../core/version/workload.ts';
import type { ApiClient } from '../api/api-client.ts';
import { type ApiError, isStatus } from '../api/api-error.ts';
import type { SecretVault } from '../secrets/vault.ts';
import type { PodImage } from './pod-template.ts';
import { type Origin, readWorkload, workloadObject } from './workload-object.ts';

/** A conflict over something that isn't there is tried again so often. */
const conflictRetries = 5;

/**
 * Creates a workload's Deployment unless it exists; before that, the copy of the values that its pods will ask for.
 * @returns whether it was made now. @throws FoxError CONFLICT if what has its name is something else.
 */
export async function createWorkload(
  client: ApiClient,
  workload: Workload,
  origin: Origin,
  image: PodImage,
  secrets: SecretVault,
): Promise<boolean> {
  const object = workloadObject(workload, origin, image);
  await secrets.put(workload);
  for (let tries = 0; ; tries++) {
    try {
      await secrets.adopt(workload, await createOnAnyCluster(client, object));
      return true;
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
      const name = object.metadata?.name ?? '';
      const existing = await client.get<V1Deployment>('deployments', name);
      if (existing === undefined) {
        // It has just left; or the conflict is over a quota, that several creations count on at once.
        if (tries >= conflictRetries) throw error;
      } else if (readWorkload(existing).fullHash === workload.hash) {
        await secrets.adopt(workload, existing);
        return false;
      } else throw takenName(name, existing, error);
    }
  }
}

/**
 * Clusters before Kubernetes 1.30 don't know the pause before the end that needs no program in the image. There a pod
 * ends at once when it is told to, and a request that reaches it at that moment is sent to another one.
 */
async function createOnAnyCluster(client: ApiClient, object: V1Deployment): Promise<V1Deployment> {
  try {
    return await client.create('deployments', object, { strict: true });
  } catch (error) {
    const isUnknown = isStatus(error, 422) || isStatus(error, 400);
    if (!isUnknown || !error.message.includes('.lifecycle.preStop')) throw error;
    return client.create('deployments', withoutPause(object), { strict: true });
  }
}

function withoutPause(object: V1Deployment): V1Deployment {
  const copy = structuredClone(object);
  for (const { lifecycle } of copy.spec?.template.spec?.containers ?? [])
    if (lifecycle?.preStop?.sleep !== undefined) delete lifecycle.preStop;
  return copy;
}

function takenName(name: string, existing: V1Deployment, cause: ApiError): FoxError {
  const isOurs = existing.metadata?.labels?.[label.managedBy] === managedBy;
  const why = isOurs ? 'is another workload: their hashes begin alike' : "wasn't made by fox";
  return new FoxError('CONFLICT', `Deployment ${name} exists and ${why}; it was left alone`, {
    hints: [
      isOurs
        ? 'Any change to the component makes another hash.'
        : 'Rename the component; or delete the Deployment, if nobody needs it.',
    ],
    cause,
  });
}
