// The doctor against real sockets, repositories and programs: what it finds, and that nothing keeps it waiting.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { ActionContext } from '../../src/actions/context.ts';
import { doctor, type DoctorOptions, doctorRole, type Finding } from '../../src/actions/doctor.ts';
import type { FoxEvent } from '../../src/core/events.ts';
import { type FakeKubernetes, startKubernetes } from './doctor-kubernetes.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fox-doctor-'));
});
afterEach(() => rm(directory, { recursive: true }));

function contextIn(cwd: string, env: Record<string, string> = {}): ActionContext {
  return {
    cwd,
    // No program that builds: to ask those of this machine takes long.
    env: { PATH: join(directory, 'bin'), HOME: directory, ...env },
    emit: () => undefined,
    signal: new AbortController().signal,
    now: () => new Date(),
    newId: () => 'id',
    user: 'ada@laptop',
    installation: '/nowhere',
  };
}

async function repositoryWith(files: Readonly<Record<string, string>>): Promise<string> {
  const root = join(directory, 'app');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  git(root, 'init', '--quiet');
  commit(root);
  return root;
}

function commit(root: string): void {
  git(root, 'add', '--all');
  git(
    root,
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@localhost',
    'commit',
    '--quiet',
    '--allow-empty',
    '-m',
    'x',
  );
}

function git(cwd: string, ...args: string[]): void {
  execFileSync('git', args, { cwd, env: { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null' } });
}

const web = { path: 'web', command: ['node', 'server.js'] };

/** JSON is YAML. */
function configOf(more: object = {}, component: object = web): Record<string, string> {
  const config = JSON.stringify({ app: 'shop', components: { web: component }, ...more });
  return { 'fox.config.yaml': config, 'web/server.js': '', 'web/Dockerfile': 'FROM scratch\n' };
}

async function diagnose(cwd: string, options: DoctorOptions = {}, env: Record<string, string> = {}) {
  const result = await doctor(options, contextIn(cwd, env));
  const found = new Map<string, Finding>(result.items.map((item) => [item.check, item]));
  return { ...result, found, checks: result.items.map(({ check }) => check) };
}

/** A cluster, and an app whose config names it and a registry. */
async function onKubernetes(has: FakeKubernetes, registry: object | string = '127.0.0.1:1/order') {
  const cluster = await startKubernetes(has);
  onTestFinished(cluster.close);
  const kubeconfig = join(directory, 'kubeconfig');
  await cluster.writeKubeconfig(kubeconfig);
  const root = await repositoryWith(configOf({ cluster: { context: 'fake' }, registry }));
  return { root, cluster, env: { KUBECONFIG: kubeconfig } };
}

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('an app of the embedded cluster needs nothing else, and nothing is left behind', async () => {
  const root = await repositoryWith(configOf());
  const { ready, checks, items } = await diagnose(root);
  expect(checks).toEqual(['node', 'git', 'repository', 'config', 'home', 'builder', 'cluster']);
  expect(items.filter(({ status }) => status === 'problem')).toEqual([]);
  expect(ready).toBe(true);
  expect((await readdir(root)).toSorted()).toEqual(['.git', 'fox.config.yaml', 'web']);
});

test('outside of a repository the rest is told all the same', async () => {
  const { ready, found, checks } = await diagnose(directory);
  expect(ready).toBe(false);
  expect(found.get('repository')).toMatchObject({
    status: 'problem',
    fix: expect.stringContaining('git init'),
  });
  expect(checks).toEqual(['node', 'git', 'repository', 'builder', 'cluster']);
});

test('without git the rest is told all the same', async () => {
  const root = await repositoryWith(configOf());
  const path = process.env['PATH'];
  process.env['PATH'] = directory;
  try {
    const { found, checks } = await diagnose(root);
    expect(found.get('git')).toMatchObject({
      status: 'problem',
      fix: expect.stringContaining('Install git'),
    });
    expect(found.get('repository')).toMatchObject({ status: 'problem' });
    expect(checks).toEqual(['node', 'git', 'repository', 'builder', 'cluster']);
  } finally {
    process.env['PATH'] = path;
  }
});

test('a repository without a commit, and a config that is not in one', async () => {
  const root = await repositoryWith({ 'other.txt': '' });
  const empty = join(directory, 'empty');
  await mkdir(empty);
  git(empty, 'init', '--quiet');
  expect((await diagnose(empty)).found.get('repository')).toMatchObject({ status: 'problem' });
  expect((await diagnose(root)).found.get('config')).toMatchObject({ status: 'problem' });
  for (const [path, text] of Object.entries(configOf())) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  expect((await diagnose(root)).found.get('config')).toMatchObject({
    status: 'problem',
    detail: 'fox.config.yaml is not committed',
  });
  commit(root);
  expect((await diagnose(root)).found.get('config')?.status).toBe('ok');
  await writeFile(join(root, 'fox.config.yaml'), `${configOf()['fox.config.yaml'] ?? ''}\n`);
  expect((await diagnose(root)).found.get('config')).toMatchObject({ status: 'warning' });
});

test('each problem of a config is told, and the cluster that it names is looked at', async () => {
  const { root, env } = await onKubernetes({ routers: { r: {} } });
  const broken = {
    app: 'shop',
    cluster: { context: 'fake' },
    components: { web: { ...web, prot: 1, calls: ['x'] } },
  };
  await writeFile(join(root, 'fox.config.yaml'), JSON.stringify(broken));
  const { found } = await diagnose(root, {}, env);
  expect(found.get('config')?.details).toHaveLength(2);
  expect(found.get('cluster')).toMatchObject({
    status: 'ok',
    detail: expect.stringContaining('fake (http://127'),
  });
});

test('a config that is no YAML at all', async () => {
  const root = await repositoryWith({ 'fox.config.yaml': 'app: [' });
  const { found } = await diagnose(root);
  expect(found.get('config')).toMatchObject({ status: 'problem' });
  expect(found.get('cluster')).toMatchObject({ status: 'ok' });
});

test('a cluster in order', async () => {
  const asked: string[] = [];
  const host = await listen((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.method === 'DELETE') response.writeHead(204).end();
    else response.writeHead(202, { location: '/v2/order/shop/web/blobs/uploads/1?x=y' }).end();
  });
  const routers = { 'fox-router-a': { 'kubefox.io/epoch': '7', 'kubefox.io/fox-version': '0.0.0-test' } };
  const { root, env } = await onKubernetes({ routers, epoch: 7 }, `${host}/order`);
  const { ready, items, found } = await diagnose(root, {}, env);
  expect(items.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(ready).toBe(true);
  expect(found.get('cluster')?.detail).toMatch(
    /^fake \(http:.*\), Kubernetes v1\.34\.1; named by the config$/,
  );
  expect(found.get('namespace')?.detail).toBe('orders');
  expect(found.get('registry')?.detail).toBe(
    `${host}, may push to order/shop/web; no credentials, and it wants none`,
  );
  expect(asked).toEqual([
    'POST /v2/order/shop/web/blobs/uploads/',
    'DELETE /v2/order/shop/web/blobs/uploads/1?x=y',
  ]);
});

test('each right that is missing is named, and the Role that grants it is bound to who asks', async () => {
  const refuses = ['create deployments', 'patch deployments', 'get pods/log'];
  const { root, env } = await onKubernetes({ refuses, routers: { r: {} } });
  const { found, ready } = await diagnose(root, {}, env);
  expect(ready).toBe(false);
  expect(found.get('rights')).toMatchObject({
    status: 'problem',
    details: ['pods/log: get', 'deployments (apps): create, patch'],
    fix: expect.stringContaining('fox doctor --role deployer'),
  });
  const { items } = await doctorRole({ role: 'deployer' }, contextIn(root, env));
  expect(items).toMatchObject([
    { kind: 'Role', metadata: { name: 'fox-deployer', namespace: 'orders' } },
    {
      kind: 'RoleBinding',
      metadata: { name: 'fox-deployer-ada-example-com', namespace: 'orders' },
      roleRef: { kind: 'Role', name: 'fox-deployer' },
      subjects: [{ kind: 'User', name: 'ada@example.com' }],
    },
  ]);
});

test('who has all rights gets the Role alone; and who cannot reach the cluster, too', async () => {
  const { root, env, cluster } = await onKubernetes({});
  const role = { kind: 'Role', metadata: { name: 'fox-installer' } };
  const said: FoxEvent[] = [];
  const surroundings = { ...contextIn(root, env), emit: (event: FoxEvent) => void said.push(event) };
  const ask = async () => (await doctorRole({ role: 'installer' }, surroundings)).items;
  expect(await ask()).toMatchObject([role]);
  const binding = 'kubectl create rolebinding fox-installer --role fox-installer --user <name> -n orders';
  expect(said).toMatchObject([{ type: 'info', text: expect.stringContaining(binding) }]);
  await cluster.close();
  expect(await ask()).toMatchObject([role]);
});

test('the embedded cluster needs no Role', async () => {
  const root = await repositoryWith(configOf());
  await expect(doctorRole({ role: 'deployer' }, contextIn(root))).rejects.toMatchObject({ code: 'USAGE' });
});

test.each([
  ['missing', 'problem', '`kubectl create namespace orders --context fake`'],
  ['Terminating', 'problem', '-n'],
] as const)('a namespace that is %s', async (namespace, status, fix) => {
  const { root, env } = await onKubernetes({ namespace });
  const { found } = await diagnose(root, {}, env);
  expect(found.get('namespace')).toMatchObject({ status, fix: expect.stringContaining(fix) });
});

test('a namespace that may not be looked at is taken to be there', async () => {
  const { root, env } = await onKubernetes({ namespace: 'forbidden' });
  expect((await diagnose(root, {}, env)).found.get('namespace')?.status).toBe('ok');
});

test.each([
  [60_000, 'warning', /60 s behind/],
  [-60_000, 'warning', /60 s ahead of/],
  [2_000, 'ok', /agree/],
] as const)('a clock that differs by %d ms', async (skew, status, detail) => {
  const { root, env } = await onKubernetes({ skew });
  expect((await diagnose(root, {}, env)).found.get('clock')).toMatchObject({
    status,
    detail: expect.stringMatching(detail),
  });
});

async function routerOf(has: FakeKubernetes): Promise<Finding | undefined> {
  const { root, env } = await onKubernetes(has);
  return (await diagnose(root, {}, env)).found.get('router');
}

test('no router, one that is not alive, one of another fox, one that is behind', async () => {
  expect(await routerOf({})).toMatchObject({
    status: 'problem',
    fix: expect.stringContaining('fox install'),
  });
  expect(await routerOf({ isInstalled: true })).toMatchObject({
    status: 'problem',
    fix: expect.stringContaining('kubectl --namespace orders logs deployment/fox-router'),
  });
  expect(await routerOf({ routers: { a: { 'kubefox.io/fox-version': '0.0.1' }, b: {} } })).toMatchObject({
    status: 'warning',
    details: ['a is of fox 0.0.1'],
  });
  expect(await routerOf({ refuses: ['list leases'] })).toMatchObject({
    status: 'warning',
    detail: 'these rights are not enough to look at it',
  });
  expect(await routerOf({ epoch: 3, routers: { a: { 'kubefox.io/epoch': '2' } } })).toMatchObject({
    status: 'warning',
    details: ['a serves 2; the latest is 3'],
  });
});

test('a kubeconfig that has no such context', async () => {
  const { root, env } = await onKubernetes({});
  const { found, checks } = await diagnose(root, { context: 'fale' }, env);
  expect(found.get('cluster')).toMatchObject({
    status: 'problem',
    detail: expect.stringContaining('no context "fale"'),
    fix: expect.stringContaining('--context fake'),
  });
  expect(checks).not.toContain('rights');
});

test('a cluster that does not answer', async () => {
  const { root, env, cluster } = await onKubernetes({});
  await cluster.close();
  const { found, checks } = await diagnose(root, {}, env);
  expect(found.get('cluster')).toMatchObject({
    status: 'problem',
    detail: expect.stringContaining('no cluster answers'),
  });
  expect(checks).not.toContain('router');
});

test('something else than a cluster answers', async () => {
  const { root, env } = await onKubernetes({});
  const host = await listen((_, response) => response.end('<html>'));
  const file = env.KUBECONFIG;
  await writeFile(file, (await readFile(file, 'utf8')).replace(/127\.0\.0\.1:\d+/, host));
  expect((await diagnose(root, {}, env)).found.get('cluster')).toMatchObject({
    status: 'problem',
    detail: expect.stringContaining("doesn't tell its version"),
  });
});

test('a cluster that hangs at one question keeps the others from nothing', async () => {
  const { root, env } = await onKubernetes({ hangsAt: /selfsubjectaccessreviews/, routers: { r: {} } });
  const { found } = await diagnose(root, { timeout: 500 }, env);
  expect(found.get('rights')).toMatchObject({ status: 'problem', detail: 'no answer within 0.5 s' });
  expect(found.get('router')?.status).toBe('ok');
});

async function registryAt(host: string): Promise<Finding | undefined> {
  const { root, env } = await onKubernetes({ routers: { r: {} } }, `${host}/order`);
  return (await diagnose(root, { timeout: 2_000 }, env)).found.get('registry');
}

test('a registry that hangs, one that is away, and one that wants credentials', async () => {
  expect(await registryAt(await listen(() => undefined))).toMatchObject({
    status: 'problem',
    detail: 'no answer within 2 s',
  });
  expect(await registryAt('127.0.0.1:1')).toMatchObject({
    status: 'problem',
    detail: expect.stringContaining("can't reach the registry 127.0.0.1:1"),
  });
  const locked = await listen((_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  });
  expect(await registryAt(locked)).toMatchObject({
    status: 'problem',
    fix: expect.stringContaining(`docker login ${locked}`),
  });
});

test('without a registry the nodes of a local cluster are asked; another cluster needs one', async () => {
  const { env } = await onKubernetes({ routers: { r: {} } });
  const root = join(directory, 'app');
  await writeFile(
    join(root, 'fox.config.yaml'),
    configOf({ cluster: { context: 'fake' } })['fox.config.yaml'] ?? '',
  );
  expect((await diagnose(root, {}, env)).found.get('registry')).toMatchObject({
    status: 'problem',
    detail: 'cluster fake needs a registry to get images from',
  });
  const kubeconfig = await readFile(env.KUBECONFIG, 'utf8');
  await writeFile(env.KUBECONFIG, kubeconfig.replaceAll('"fake"', '"kind-dev"'));
  expect((await diagnose(root, { context: 'kind-dev' }, env)).found.get('registry')).toMatchObject({
    status: 'problem',
    fix: expect.stringContaining('Install kind'),
  });
  expect((await diagnose(root, { registry: '127.0.0.1:1/x' }, env)).found.get('registry')?.detail).toContain(
    "can't reach the registry 127.0.0.1:1",
  );
});

test('credentials are told by where they are from, never by what they are', async () => {
  const host = await listen((request, response) => {
    const isKnown = request.headers.authorization === `Basic ${Buffer.from('ada:sesame').toString('base64')}`;
    if (!isKnown) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    else response.writeHead(202, { location: '/v2/x' }).end();
  });
  await mkdir(join(directory, '.docker'));
  const auth = Buffer.from('ada:sesame').toString('base64');
  await writeFile(join(directory, '.docker/config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  const { root, env } = await onKubernetes({ routers: { r: {} } }, `${host}/order`);
  const { found, items } = await diagnose(root, {}, env);
  expect(found.get('registry')).toMatchObject({
    status: 'ok',
    detail: expect.stringContaining(`credentials of ${join(directory, '.docker/config.json')}`),
  });
  expect(JSON.stringify(items)).not.toMatch(new RegExp(`sesame|${auth}`));
});

test('a Dockerfile needs a program, and says which are not ready why', async () => {
  const root = await repositoryWith(configOf({}, { path: 'web', build: { dockerfile: 'web/Dockerfile' } }));
  const bin = join(directory, 'bin');
  await mkdir(bin);
  const without = await diagnose(root, {}, { PATH: bin });
  expect(without.found.get('builder')).toMatchObject({
    status: 'problem',
    details: expect.arrayContaining([expect.stringMatching(/^podman: /)]),
  });
  expect(without.found.get('builder')?.detail).toContain('web needs it');
  await symlink('/bin/sh', join(bin, 'sh'));
  await writeFile(join(bin, 'buildah'), '#!/bin/sh\nexit 0\n');
  await chmod(join(bin, 'buildah'), 0o755);
  await writeFile(join(bin, 'podman'), '#!/bin/sh\necho broken >&2; exit 1\n');
  await chmod(join(bin, 'podman'), 0o755);
  expect((await diagnose(root, {}, { PATH: bin })).found.get('builder')).toMatchObject({
    status: 'ok',
    detail: 'buildah for web',
  });
  const wanted = await diagnose(root, { builder: 'podman' }, { PATH: bin });
  expect(wanted.found.get('builder')).toMatchObject({
    status: 'problem',
    detail: 'podman is not ready; web needs it',
    fix: expect.stringContaining('Ready: buildah'),
  });
});
