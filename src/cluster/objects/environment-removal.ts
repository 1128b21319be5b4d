// Takes the objects of a virtual environment out of a cluster; each that is gone already is all right.
import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';
import { leaveValues } from '../secrets/left-values.ts';

/** Names of the ConfigMaps that tell of past releases in a virtual environment, and of what those held on to. */
export async function environmentRecords(client: ApiClient, environment: string): Promise<string[]> {
  const { items } = await client.list<V1ConfigMap>('configmaps', {
    labelSelector: `${label.managedBy}=${managedBy},${label.environment}=${environment},${label.kind} in (${kind.history},${kind.configuration})`,
  });
  return items.map(({ metadata }) => metadata?.name ?? '').toSorted();
}

/** What remains of a virtual environment in which nothing runs any more. */
export interface EnvironmentRemains {
  readonly name: string;
  /** Values of its secrets are still needed. */
  readonly keepsSecrets: boolean;
  /** uid of the Secret that keeps them, as its own object notes it. */
  readonly secretUid?: string | undefined;
}

/**
 * Deletes what remains of a virtual environment: records, values of secrets, and last the object by which it is found, so
 * that an interrupted deletion can be completed.
 * @returns whether anything was there.
 */
export async function deleteEnvironmentObjects(
  client: ApiClient,
  { name: environment, keepsSecrets, secretUid }: EnvironmentRemains,
): Promise<boolean> {
  const name = objectName.environment(environment);
  const records = await environmentRecords(client, environment);
  const deleted = [];
  for (const record of records) deleted.push(await client.delete('configmaps', record));
  if (keepsSecrets) await leaveValues(client, environment);
  else deleted.push(await deleteOwnSecret(client, name, secretUid));
  deleted.push(await client.delete('configmaps', name));
  return deleted.includes(true);
}

/** Deletes the Secret that is noted, else one that says it is fox's; never what somebody else has given its name. */
async function deleteOwnSecret(client: ApiClient, name: string, noted?: string): Promise<boolean> {
  try {
    // Who may delete it need not be able to read it.
    if (noted !== undefined) return await client.delete('secrets', name, noted);
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
  try {
    const metadata = (await client.get<V1Secret>('secrets', name))?.metadata;
    if (metadata?.labels?.[label.managedBy] !== managedBy) return false;
    return await client.delete('secrets', name, metadata.uid);
  } catch (error) {
    // `fox prune` removes what is left of environments that are gone. Another one has come in between: it stays.
    if (isStatus(error, 403) || isStatus(error, 409)) return false;
    throw error;
  }
}
