// The values that one workload's pods use, as an immutable Secret of its own: whatever happens to the environment, they stay.
import type { V1Deployment, V1Secret } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { annotation, label, managedBy, objectName } from '../../core/labels.ts';
import type { Workload } from '../../core/version/workload.ts';
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';
import { ownedMetadata } from '../objects/owned-metadata.ts';
import { takenSecret, withoutValues } from './secret-errors.ts';

/** The copies of all workloads. */
export const copySelector = `${label.managedBy}=${managedBy},${label.hash}`;

/** Somebody who deletes what is being made is given up on after so many tries. */
const maxTries = 10;

/** Values by name. */
type Values = Readonly<Record<string, string>>;

/**
 * Sees to it that a workload's copy exists, before its pods do.
 * @throws FoxError CONFLICT if what has its name is something else.
 */
export async function putCopy(
  client: ApiClient,
  workload: Workload,
  valuesOf: () => Promise<Values>,
): Promise<void> {
  const name = nameOf(workload);
  const existing = await client.get<V1Secret>('secrets', name);
  if (existing === undefined) await createCopy(client, workload, await valuesOf());
  else requireSame(client, existing, workload);
}

/**
 * Makes a Deployment the owner of its workload's copy, so that they leave together; makes the copy if it has left with a
 * Deployment that had the name before.
 */
export async function adoptCopy(
  client: ApiClient,
  workload: Workload,
  deployment: V1Deployment,
  valuesOf: () => Promise<Values>,
): Promise<void> {
  const { ownerReferences } = ownedMetadata(deployment);
  for (let tries = 0; ; tries++) {
    try {
      const existing = await client.get<V1Secret>('secrets', nameOf(workload));
      if (existing === undefined) await createCopy(client, workload, await valuesOf(), deployment);
      else {
        requireSame(client, existing, workload);
        const { resourceVersion, ownerReferences: owners = [] } = existing.metadata ?? {};
        if (owners.length === 1 && owners[0]?.uid === ownerReferences[0].uid) return;
        const metadata = { resourceVersion, ownerReferences };
        await client.patch('secrets', nameOf(workload), { metadata });
      }
      return;
    } catch (error) {
      const isRace = isStatus(error, 404) || isStatus(error, 409);
      if (!isRace || tries >= maxTries) throw error;
    }
  }
}

/** All copies, by the app of their workload and their name. */
export async function existingCopies(client: ApiClient): Promise<{ app: string; name: string }[]> {
  const { items } = await client.list<V1Secret>('secrets', { labelSelector: copySelector });
  return items.map(({ metadata: { name = '', labels = {} } = {} }) => ({
    app: labels[label.app] ?? '',
    name,
  }));
}

/** Fingerprints of the values in a copy, by name; undefined if it isn't one. */
export function fingerprintsIn({ metadata }: V1Secret): Record<string, string> | undefined {
  const text = metadata?.annotations?.[annotation.secrets];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return undefined;
  }
}

async function createCopy(
  client: ApiClient,
  workload: Workload,
  values: Values,
  owner?: V1Deployment,
): Promise<void> {
  const object = copyObject(workload, values, owner);
  try {
    await withoutValues(Object.values(values), async () => client.create('secrets', object));
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
    const existing = await client.get<V1Secret>('secrets', nameOf(workload));
    // Just made by somebody else, and gone again: whoever adopts it looks once more.
    if (existing !== undefined) requireSame(client, existing, workload);
  }
}

function copyObject(workload: Workload, values: Values, owner: V1Deployment | undefined): V1Secret {
  const { app, component, hash, secrets } = workload;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: nameOf(workload),
      labels: {
        [label.managedBy]: managedBy,
        [label.name]: component,
        [label.appComponent]: component,
        [label.partOf]: app,
        [label.app]: app,
        [label.component]: component,
        [label.hash]: hash.slice(0, 40),
      },
      annotations: { [annotation.hash]: hash, [annotation.secrets]: JSON.stringify(secrets) },
      ...(owner === undefined ? {} : { ownerReferences: ownedMetadata(owner).ownerReferences }),
    },
    type: 'Opaque',
    immutable: true,
    data: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
  };
}

/** What has the same hash has the same fingerprints, which are part of it. */
function requireSame(client: ApiClient, existing: V1Secret, { hash }: Workload): void {
  const { name = '', labels = {}, annotations = {} } = existing.metadata ?? {};
  if (labels[label.managedBy] !== managedBy) throw takenSecret(client, name);
  if (annotations[annotation.hash] === hash) return;
  throw new FoxError(
    'CONFLICT',
    `Secret ${name} exists and is of another workload: their hashes begin alike; it was left alone`,
    { hints: ['Any change to the component makes another hash.'] },
  );
}

function nameOf({ app, component, hash }: Workload): string {
  return objectName.workload(app, component, hash);
}
