// `fox build` as it is typed: for the embedded cluster, and for a Kubernetes cluster that needn't be there.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { BuildResult } from '../../src/actions/build.ts';
import { run } from '../cli/run-main.ts';
import { type Files, pushBase, writeFiles } from './builders-sample.ts';
import { environmentWith, startRegistry, temporaryDirectory } from './registry-process.ts';
import { clientFor } from './registry-sample.ts';

const who = ['-c', 'user.name=Jane', '-c', 'user.email=jane@example.com'];

/** A repository with one commit. */
async function repository(config: object, files: Files): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFiles(directory, { 'fox.config.yaml': stringify(config), ...files });
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: directory, stdio: 'pipe' });
  git('init', '-q', '-b', 'main');
  git('add', '--all');
  git(...who, 'commit', '-q', '-m', 'one');
  return directory;
}

async function build(
  cwd: string,
  env: Record<string, string>,
  ...args: readonly string[]
): Promise<BuildResult> {
  const { code, stdout, stderr } = await run(['build', 'v1', '-o', 'json', ...args], { cwd, env });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as BuildResult;
}

const web = { path: 'web', command: ['node', 'server.js'] };

test('for the embedded cluster, which is not started: once, and again when asked to', async () => {
  const directory = await repository({ app: 'shop', components: { web } }, { 'web/server.js': 'serve()' });
  const first = await build(directory, {});
  expect(first).toMatchObject({ kind: 'build', app: 'shop', version: 'v1', builds: 1 });
  expect(first.components).toMatchObject([
    { name: 'web', action: 'build', reference: `shop/web@${first.components[0]?.image}` },
  ]);
  expect(await build(directory, {})).toMatchObject({ builds: 0, components: [{ action: 'reuse' }] });
  expect(await build(directory, {}, '--refresh')).toMatchObject({
    builds: 1,
    components: [{ action: 'build' }],
  });
  expect(existsSync(join(directory, '.fox', 'cluster'))).toBe(false);
  const { stdout } = await run(['build', 'v1'], { cwd: directory });
  expect(stdout).toContain('shop v1: 0 images built, 1 there already\n');
});

test('what the embedded cluster can’t run is refused by plan, build and deploy, before anything is made', async () => {
  const components = { web: { path: 'web', build: { dockerfile: 'Dockerfile' } } };
  const directory = await repository({ app: 'shop', components }, { 'web/Dockerfile': 'FROM scratch' });
  for (const command of ['plan', 'build', 'deploy']) {
    const { code, stderr } = await run([command, 'v1'], { cwd: directory });
    expect([code, stderr]).toEqual([
      5,
      expect.stringContaining('web is built by a Dockerfile (web/Dockerfile)'),
    ]);
  }
  expect(existsSync(join(directory, '.fox'))).toBe(false);
});

test('for Kubernetes: pushed to the registry, while no cluster answers', async (context) => {
  const { host } = await startRegistry(context);
  const client = await clientFor(host);
  const digest = await pushBase(client, { tag: '1' });
  const config = {
    app: 'shop',
    registry: `${host}/team`,
    cluster: { context: 'away' },
    components: {
      web: { ...web, build: { base: `${host}/library/base:1` } },
      box: { build: { image: `${host}/library/base:1` } },
    },
  };
  const directory = await repository(config, { 'web/server.js': 'serve()' });
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'away', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'me', user: { token: 't' } }],
    contexts: [{ name: 'away', context: { cluster: 'away', user: 'me' } }],
  };
  await writeFiles(directory, { '.git/kubeconfig': stringify(kubeconfig) });
  const env = { ...(await environmentWith()), KUBECONFIG: join(directory, '.git/kubeconfig') } as Record<
    string,
    string
  >;
  const first = await build(directory, env);
  expect(first.components).toMatchObject([
    { name: 'web', action: 'build', reference: `${host}/team/shop/web@${first.components[0]?.image}` },
    { name: 'box', action: 'build', image: `${host}/library/base@${digest}` },
  ]);
  expect(await build(directory, env)).toMatchObject({ builds: 0 });
  const pushed = await client.resolve('team/shop/web', first.components[0]?.sourceHash.slice(0, 40) ?? '');
  expect(pushed?.digest).toBe(first.components[0]?.image);
});

test('a program that nobody knows is a wrong option', async () => {
  const { code, stderr } = await run(['build', '--builder', 'make']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('docker, podman, buildah, nerdctl')]);
  const twin = await run(['build'], { env: { FOX_BUILDER: 'make' } });
  expect([twin.code, twin.stderr]).toEqual([2, expect.stringContaining('FOX_BUILDER is "make"')]);
});
