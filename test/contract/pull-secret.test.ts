// The Secret that pods pull with: made of the credentials that fox pushes with, changed when they change, never somebody else's.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1Secret } from '@kubernetes/client-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pullSecretOf } from '../../src/actions/session/pull-secret.ts';
import type { FoxEvent } from '../../src/core/events.ts';
import { ApplyingCluster } from './applying-cluster.ts';

let cluster: ApplyingCluster;
let directory: string;
let told: FoxEvent[];
beforeEach(async () => {
  cluster = await ApplyingCluster.open();
  directory = await mkdtemp(join(tmpdir(), 'fox-pull-secret-'));
  told = [];
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
  await cluster.end();
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Has these be the credentials that are known, by registry: `user:password`. */
async function know(auths: Record<string, string>): Promise<void> {
  const entries = Object.entries(auths).map(([host, pair]) => [host, { auth: base64(pair) }]);
  await writeFile(
    join(directory, 'config.json'),
    JSON.stringify({ auths: Object.fromEntries(entries) as object }),
  );
}

async function put(prefix = 'registry.test:5000/order'): Promise<void> {
  const registry = { prefix, insecure: false, pullSecret: true };
  const env = {
    DOCKER_CONFIG: directory,
    HOME: directory,
    PATH: `${directory}:${process.env['PATH'] ?? ''}`,
  };
  const secret = pullSecretOf(registry, cluster.client, { env, emit: (event) => void told.push(event) });
  expect(secret?.name).toBe('fox-pull');
  await secret?.put();
}

async function stored(): Promise<V1Secret | undefined> {
  return cluster.client.get<V1Secret>('secrets', 'fox-pull');
}

function authsOf(secret: V1Secret | undefined): unknown {
  const text = Buffer.from(secret?.data?.['.dockerconfigjson'] ?? '', 'base64').toString('utf8');
  return (JSON.parse(text) as { auths: unknown }).auths;
}

const entry = { username: 'me', password: 'geheim', auth: base64('me:geheim') };

it('is none unless it is asked for', () => {
  const context = { env: {}, emit: () => undefined };
  const registry = { prefix: 'registry.test', insecure: false, pullSecret: false };
  expect(pullSecretOf(undefined, cluster.client, context)).toBeUndefined();
  expect(pullSecretOf(registry, cluster.client, context)).toBeUndefined();
});

it('holds the credentials of that registry alone, and tells them to nobody', async () => {
  await know({ 'registry.test:5000': 'me:geheim', 'other.test': 'me:other' });
  await put();
  const secret = await stored();
  expect(secret).toMatchObject({
    type: 'kubernetes.io/dockerconfigjson',
    metadata: { labels: { 'app.kubernetes.io/managed-by': 'fox' } },
  });
  expect(authsOf(secret)).toEqual({ 'registry.test:5000': entry });
  expect(told).toEqual([
    { type: 'info', text: 'Wrote the credentials for registry.test:5000 to Secret fox-pull' },
  ]);
});

it('is written again only when they change', async () => {
  await know({ 'registry.test:5000': 'me:geheim' });
  await put();
  const first = await stored();
  await put();
  expect((await stored())?.metadata?.resourceVersion).toBe(first?.metadata?.resourceVersion);
  await know({ 'registry.test:5000': 'me:changed' });
  await put();
  expect(authsOf(await stored())).toMatchObject({ 'registry.test:5000': { password: 'changed' } });
  expect(told).toHaveLength(2);
});

it('is made once by several at a time', async () => {
  await know({ 'registry.test:5000': 'me:geheim' });
  await Promise.all([put(), put(), put()]);
  expect(authsOf(await stored())).toEqual({ 'registry.test:5000': entry });
});

it('is never taken over', async () => {
  const data = { '.dockerconfigjson': base64('{"auths":{}}') };
  const theirs = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'fox-pull' },
    type: 'kubernetes.io/dockerconfigjson',
    data,
  };
  await cluster.client.create('secrets', theirs);
  await know({ 'registry.test:5000': 'me:geheim' });
  await expect(put()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: "Secret fox-pull exists and wasn't made by fox; it was left alone",
  });
  expect((await stored())?.data).toEqual(data);
});

it('stays as it is where no credentials are known', async () => {
  await know({ 'registry.test:5000': 'me:geheim' });
  await put();
  await know({});
  await put();
  expect(authsOf(await stored())).toEqual({ 'registry.test:5000': entry });
  expect(told.at(-1)).toEqual({
    type: 'warning',
    text: 'no credentials for registry.test:5000 are known here: Secret fox-pull stays as it is',
  });
});

it('is known to Docker Hub by the name that kubelets look for', async () => {
  await know({ 'https://index.docker.io/v1/': 'me:geheim' });
  await put('docker.io/me');
  expect(authsOf(await stored())).toEqual({ 'https://index.docker.io/v1/': entry });
});

it.each([
  ['AWS', '12 hours'],
  ['oauth2accesstoken', 'an hour'],
])('is warned about where a helper makes credentials for a short time: %s', async (user, time) => {
  const helper = join(directory, 'docker-credential-cloud');
  const answer = JSON.stringify({ ServerURL: 'x', Username: user, Secret: 'geheim' });
  await writeFile(helper, `#!/bin/sh\ncat >/dev/null\necho '${answer}'\n`);
  await chmod(helper, 0o700);
  const credHelpers = { 'registry.test:5000': 'cloud' };
  await writeFile(join(directory, 'config.json'), JSON.stringify({ credHelpers }));
  await put();
  expect(told[0]).toEqual({
    type: 'warning',
    text: expect.stringContaining(`the credentials for registry.test:5000 are valid for ${time} only`),
  });
  expect(authsOf(await stored())).toMatchObject({ 'registry.test:5000': { username: user } });
});

it('is left where a helper gives an identity token, by which no node can pull', async () => {
  const file = { auths: { 'registry.test:5000': { identitytoken: 'geheim' } } };
  await writeFile(join(directory, 'config.json'), JSON.stringify(file));
  await put();
  expect(await stored()).toBeUndefined();
  expect(told).toEqual([{ type: 'warning', text: expect.stringContaining('an identity token') }]);
});
