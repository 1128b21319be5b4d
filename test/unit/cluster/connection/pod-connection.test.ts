// The connection of a program that runs in a pod: its service account's, whose token is rotated.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { podConnection } from '../../../../src/cluster/connection/pod-connection.ts';

let root: string;
let account: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fox-pod-'));
  account = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };

test('it proves who it is by the token as it is now, to the server that the cluster vouches for', async () => {
  await mkdir(account, { recursive: true });
  await writeFile(join(account, 'ca.crt'), 'the authority');
  await writeFile(join(account, 'token'), 'first\n');
  const { server, options } = await podConnection(env, root);
  expect(server).toBe('https://[fd00::1]:443');
  expect(await options()).toEqual({ ca: 'the authority', headers: { authorization: 'Bearer first' } });
  await writeFile(join(account, 'token'), 'second');
  expect(await options()).toMatchObject({ headers: { authorization: 'Bearer second' } });
});

test('elsewhere than in a pod it is refused', async () => {
  await expect(podConnection(env, root)).rejects.toMatchObject({ code: 'CLUSTER_NOT_CONFIGURED' });
  await expect(podConnection({}, root)).rejects.toMatchObject({ code: 'CLUSTER_NOT_CONFIGURED' });
});
