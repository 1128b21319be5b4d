// Validating an app in virtual environments whose secrets another tool looks after: whether their values can still be had.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { validateInNamespace } from '../../src/actions/environments/validate/validate-in-namespace.ts';
import { Namespace } from '../../src/cluster/namespace.ts';
import type { CheckedVersion } from '../../src/core/environments/environment-check.ts';
import { ApplyingCluster } from './applying-cluster.ts';

const component = { template: { env: {}, secrets: ['PASSWORD'] }, routes: [] };
const version: CheckedVersion = { app: 'shop', version: '', components: { api: component } };

let cluster: ApplyingCluster;
beforeEach(async () => {
  cluster = await ApplyingCluster.open();
});
afterEach(async () => {
  await cluster.end();
});

async function give(value: string): Promise<void> {
  await cluster.client.delete('secrets', 'database');
  const data = { key: Buffer.from(value).toString('base64') };
  await cluster.client.create('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'database' },
    data,
  });
}

async function validated() {
  // One that knows nothing yet, as the next command's.
  const namespace = new Namespace(cluster.client);
  return validateInNamespace(undefined, version, namespace, { emit: () => undefined });
}

test('a Secret of another tool that has changed or is gone is a problem, also where it is inherited', async () => {
  await give('before');
  const namespace = new Namespace(cluster.client);
  const PASSWORD = await namespace.secrets.refer({ name: 'database', key: 'key' });
  await namespace.createEnvironment({ name: 'dev', vars: {}, secrets: { PASSWORD } }, false);
  await namespace.createEnvironment({ name: 'team', parent: 'dev', vars: {} }, false);
  expect(await validated()).toMatchObject([
    { name: 'dev', valid: true },
    { name: 'team', valid: true },
  ]);
  await give('after');
  const changed = {
    path: 'components.api.secrets.PASSWORD',
    message: "has a value that can't be had: key of Secret database has changed since dev took it over",
    hint: 'Take its new value over: `fox env set -e dev --secret PASSWORD --from-secret database/key`.',
  };
  expect(await validated()).toMatchObject([
    { name: 'dev', valid: false, problems: [changed] },
    { name: 'team', valid: false, problems: [changed] },
  ]);
  await cluster.client.delete('secrets', 'database');
  expect((await validated()).map(({ valid }) => valid)).toEqual([false, false]);
});
