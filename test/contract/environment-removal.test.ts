// What is deleted with a virtual environment: the Secret that fox keeps for it, and never what somebody else has given its name.
import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EnvironmentChange } from '../../src/actions/environments/change/environment-change.ts';
import { ApiError } from '../../src/cluster/api/api-error.ts';
import type { Namespace } from '../../src/cluster/namespace.ts';
import { deleteEnvironmentObjects } from '../../src/cluster/objects/environment-removal.ts';
import { readStoredEnvironment } from '../../src/cluster/objects/environment-writing.ts';
import { annotation } from '../../src/core/labels.ts';
import { EnvironmentsCluster } from './environments-cluster.ts';

const secret = 'fox-env-team-a';

let cluster: EnvironmentsCluster;
beforeEach(async () => {
  cluster = await EnvironmentsCluster.open();
});
afterEach(async () => cluster.end());

/** team-a, with a secret. */
async function setSecret(): Promise<void> {
  const fingerprint = await cluster.namespace().secrets.fingerprint('correct horse');
  const change: EnvironmentChange = {
    put: [{ name: 'team-a', vars: {}, secrets: { KEY: { fingerprint } } }],
    secrets: new Map([['team-a', new Map([['KEY', { fingerprint, value: 'correct horse' }]])]]),
  };
  await cluster.change(() => change);
}

async function give(): Promise<void> {
  await cluster.client.create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret } });
}

/** As the keeper: Secrets may be deleted, and not read. */
function blind(): Namespace {
  return cluster.namespace({
    before: ({ method, path }) => {
      if (method === 'GET' && path.includes('/secrets/')) throw new ApiError(403, 'Forbidden', 'not allowed');
    },
  });
}

async function remove({ client }: Namespace): Promise<void> {
  const secretUid = (await readStoredEnvironment(cluster.client, 'team-a'))?.secretUid;
  await deleteEnvironmentObjects(client, { name: 'team-a', keepsSecrets: false, secretUid });
  expect(await readStoredEnvironment(cluster.client, 'team-a')).toBeUndefined();
}

const isThere = async () => (await cluster.client.get<V1Secret>('secrets', secret)) !== undefined;

it('its own Secret goes, also for who may not read it; of another of that name is none deleted', async () => {
  await setSecret();
  await remove(blind());
  expect(await isThere()).toBe(false);

  await setSecret();
  await cluster.client.delete('secrets', secret);
  await give();
  await remove(blind());
  expect(await isThere()).toBe(true);
  await cluster.namespace().createEnvironment({ name: 'team-a', vars: {} }, false);
  await remove(cluster.namespace());
  expect(await isThere()).toBe(true);
});

it('is noted again where somebody has deleted it and its value is set once more', async () => {
  await setSecret();
  await cluster.client.delete('secrets', secret);
  await setSecret();
  await remove(blind());
  expect(await isThere()).toBe(false);
});

it('goes without a note where it says itself whose it is, and stays for `fox prune` where nobody can tell', async () => {
  await setSecret();
  const forget = async () =>
    cluster.client.patch<V1ConfigMap>('configmaps', secret, {
      metadata: { annotations: { [annotation.secret]: null } },
    });
  await forget();
  await remove(blind());
  expect(await isThere()).toBe(true);
  await setSecret();
  await forget();
  await remove(cluster.namespace());
  expect(await isThere()).toBe(false);
});
