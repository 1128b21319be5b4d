// Which cluster is meant, told with the built program: an embedded cluster plays the part of a real one, by its kubeconfig.
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveConnectProxy } from '../contract/tls-api.ts';
import { flaws } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

interface Kubeconfig {
  readonly clusters: { cluster: Record<string, unknown> }[];
  readonly users: { user: { token?: string; exec?: object } }[];
}

interface Told {
  readonly cluster: {
    readonly kind: string;
    readonly context?: string;
    readonly server?: string;
    readonly namespace: string;
    readonly state: string;
  };
}

let sandbox: Sandbox;
let app: SmallApp;
let kubeconfig: string;
let env: Record<string, string>;
let server: string;

/** v1 and v2 run on the embedded cluster; then the config says that another is meant, which is the same by another way. */
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  for (const version of ['v1', 'v2']) {
    await app.release(version);
    await app.json('deploy', version);
  }
  kubeconfig = sandbox.path('shop/.fox/cluster/kubeconfig');
  env = { HOME: sandbox.directory, KUBECONFIG: kubeconfig };
  server = String(
    (JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig).clusters[0]?.cluster['server'],
  );
  await app.configure({ web: { routes: ['PathPrefix(`/`)'] } }, { cluster: { context: 'fox' } });
  await app.commit('on Kubernetes');
});
afterAll(async () => sandbox.remove('shop'));

async function fox(line: string, more: Record<string, string> = {}) {
  return sandbox.fox(line, { cwd: 'shop', env: { ...env, ...more } });
}

async function json<T>(line: string, more: Record<string, string> = {}): Promise<T> {
  const ended = await fox(`${line} -o json`, more);
  expect(ended).toMatchObject({ code: 0 });
  return JSON.parse(ended.stdout) as T;
}

/** The kubeconfig with changes, beside it. @returns its path. */
async function changed(change: (config: Kubeconfig) => void): Promise<string> {
  const config = JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  change(config);
  const path = sandbox.path(`kubeconfig-${Math.random()}`);
  await writeFile(path, JSON.stringify(config));
  return path;
}

it('a real cluster is looked at freely, changed only when it was named once, and said each time', async () => {
  const cluster = { kind: 'kubernetes', context: 'fox', server, namespace: 'default', state: 'running' };
  for (const command of ['status', 'versions']) expect(await json(command)).toMatchObject({ cluster });
  expect((await fox('status')).stdout).toMatch(/^shop {2}fox\/default/);

  const refused = flaws(
    await fox('release v1'),
    5,
    `this would be the first change of cluster fox (${server}), namespace default, from here`,
    '`--context fox`',
    '`--context embedded`',
  );
  expect(refused).toEqual([]);
  expect(await json('history')).toMatchObject({ items: [] });

  const named = await fox('release v1 --context fox');
  expect(named).toMatchObject({ code: 0 });
  expect(named.stderr).toContain(`Cluster fox (${server}), namespace default`);

  const later = await fox('release v2');
  expect(later).toMatchObject({ code: 0 });
  expect(later.stderr).toContain(`Cluster fox (${server}), namespace default`);
  expect(await json('status')).toMatchObject({ cluster, releases: { default: { version: 'v2' } } });
  expect(await fox('rollback')).toMatchObject({ code: 0 });
});

it('the embedded cluster is there by its name, whatever the config says', async () => {
  const cluster = { kind: 'embedded', namespace: 'default', state: 'running' };
  expect((await json<Told>('versions --context embedded')).cluster).toEqual(cluster);
  expect((await json<Told>('versions', { FOX_CONTEXT: 'embedded' })).cluster).toEqual(cluster);
  expect(flaws(await fox('versions --context embedded -n orders'), 2, 'has one namespace, default')).toEqual(
    [],
  );
});

it('commands about the embedded cluster mean no other', async () => {
  const elsewhere = { FOX_CONTEXT: 'nowhere', FOX_NAMESPACE: 'nowhere' };
  expect(await json('cluster status', elsewhere)).toMatchObject({ state: 'running' });
});

it('a plan tells its cluster; what has no base image is refused before anything is asked for', async () => {
  expect((await json<Told>('plan v3 --context embedded')).cluster).toMatchObject({ kind: 'embedded' });
  expect(flaws(await fox('plan v3'), 5, 'web has no base image')).toEqual([]);
});

describe('what is wrong is said, with exit code 3', () => {
  it.each([
    ['status --context fix', {}, ['the kubeconfig has no context "fix"', 'Did you mean `--context fox`?']],
    ['status', { KUBECONFIG: '/nowhere' }, ['there is no kubeconfig at /nowhere', 'KUBECONFIG']],
    ['status --context in-cluster', {}, ['is meant for a pod of the cluster']],
  ] as const)('%s %j', async (line, more, texts) => {
    expect(flaws(await fox(line, more), 3, ...texts)).toEqual([]);
  });

  it('a namespace that does not exist', async () => {
    const texts = ['cluster fox has no namespace "nope"', '`kubectl create namespace nope --context fox`'];
    for (const line of ['status -n nope', 'versions --namespace nope'])
      expect(flaws(await fox(line), 3, ...texts)).toEqual([]);
  });

  it('credentials that the cluster does not accept', async () => {
    const KUBECONFIG = await changed(({ users }) => {
      for (const { user } of users) user.token = 'wrong';
    });
    const texts = [`the cluster at ${server} doesn't accept these credentials`, 'kubectl --context fox'];
    expect(flaws(await fox('status', { KUBECONFIG }), 3, ...texts)).toEqual([]);
  });

  it('a cluster that is away', async () => {
    const KUBECONFIG = await changed(({ clusters }) => {
      for (const { cluster } of clusters) cluster['server'] = 'https://127.0.0.1:1';
    });
    const texts = ['no cluster answers at https://127.0.0.1:1', 'ECONNREFUSED'];
    expect(flaws(await fox('status', { KUBECONFIG }), 3, ...texts)).toEqual([]);
  });
});

it.each([
  ['status -n Orders', '"Orders" can\'t be the name of a namespace'],
  ['status --registry https://registry.test', '"https://registry.test" is no registry'],
])('%s makes no sense: exit code 2', async (line, text) => {
  expect(flaws(await fox(line), 2, text)).toEqual([]);
});

it('a credential plugin says who one is, and is heard', async () => {
  const token = (JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig).users[0]?.user.token ?? '';
  const apiVersion = 'client.authentication.k8s.io/v1';
  const answer = JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } });
  const KUBECONFIG = await changed(({ users }) => {
    const exec = { apiVersion, command: 'sh', args: ['-c', `echo 'Logging in' >&2; echo '${answer}'`] };
    for (const each of users) each.user = { exec };
  });
  const ended = await fox('versions', { KUBECONFIG });
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('v2') });
  expect(ended.stderr.match(/Logging in/g)).toHaveLength(1);
});

it('a proxy leads to the cluster', async () => {
  const proxy = await serveConnectProxy();
  try {
    const KUBECONFIG = await changed(({ clusters }) => {
      for (const { cluster } of clusters) cluster['proxy-url'] = `http://127.0.0.1:${proxy.port}`;
    });
    expect(await fox('versions', { KUBECONFIG })).toMatchObject({ code: 0 });
    expect(proxy.asked).toContainEqual({ target: new URL(server).host });
  } finally {
    await proxy.close();
  }
});
