import { afterEach, beforeEach, expect, it } from 'vitest';
import { chooseKubernetes } from '../../../../src/cluster/connection/choose-cluster.ts';
import { KubeconfigHome } from './kubeconfig-home.ts';
import { makeAuthority } from './test-authority.ts';

let home: KubeconfigHome;
beforeEach(async () => {
  home = await KubeconfigHome.create();
});
afterEach(async () => home.remove());

const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443', KUBECONFIG: '/nowhere' };

async function choose(more: object = {}) {
  return chooseKubernetes({ env, context: 'in-cluster', serviceAccountRoot: home.directory, ...more });
}

async function mount(): Promise<string> {
  const { ca } = await makeAuthority();
  const directory = 'var/run/secrets/kubernetes.io/serviceaccount';
  await home.write(`${directory}/token`, 'abc');
  await home.write(`${directory}/namespace`, 'orders\n');
  await home.write(`${directory}/ca.crt`, ca);
  return ca;
}

it("is the pod's: address, authority, namespace, and a token that is rotated", async () => {
  const ca = await mount();
  const { context, namespace, connection } = await choose();
  expect({ context, namespace, server: connection.server }).toEqual({
    context: 'in-cluster',
    namespace: 'orders',
    server: 'https://10.96.0.1',
  });
  expect(await connection.options()).toEqual({ ca, headers: { authorization: 'Bearer abc' } });
  await home.write('var/run/secrets/kubernetes.io/serviceaccount/token', 'def');
  expect(await connection.options()).toMatchObject({ headers: { authorization: 'Bearer def' } });
});

it('takes another namespace, and IPv6', async () => {
  await mount();
  const ipv6 = { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
  const { namespace, connection } = await choose({ namespace: 'other', env: ipv6 });
  expect([namespace, connection.server]).toEqual(['other', 'https://[fd00::1]:6443']);
});

it.each(['outside of a pod', 'without a token'])('is none %s', async (where) => {
  if (where === 'outside of a pod') await mount();
  const away = where === 'outside of a pod' ? { env: {} } : {};
  await expect(choose(away)).rejects.toMatchObject({
    code: 'CLUSTER_NOT_CONFIGURED',
    message: expect.stringContaining('this is none'),
  });
});
