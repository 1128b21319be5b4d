// Takes the objects of a virtual environment out of a cluster; each that is gone already is all right.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';

/** Names of the ConfigMaps that tell of past releases in a virtual environment, and of what those held on to. */
export async function environmentRecords(client: ApiClient, environment: string): Promise<string[]> {
  const { items } = await client.list<V1ConfigMap>('configmaps', {
    labelSelector: `${label.managedBy}=${managedBy},${label.environment}=${environment},${label.kind} in (${kind.history},${kind.configuration})`,
  });
  return items.map(({ metadata }) => metadata?.name ?? '').toSorted();
}

/**
 * Deletes what remains of a virtual environment in which nothing runs any more: records, values of secrets, and last the
 * object by which it is found, so that an interrupted deletion can be completed.
 * @param keepsSecrets values of its secrets are still needed.
 * @returns whether anything was there.
 */
export async function deleteEnvironmentObjects(
  client: ApiClient,
  environment: string,
  keepsSecrets: boolean,
): Promise<boolean> {
  const name = objectName.environment(environment);
  const records = await environmentRecords(client, environment);
  const deleted = [];
  for (const record of records) deleted.push(await client.delete('configmaps', record));
  // By its name: whoever may delete a Secret need not be able to read it.
  if (!keepsSecrets) deleted.push(await client.delete('secrets', name));
  deleted.push(await client.delete('configmaps', name));
  return deleted.includes(true);
}
