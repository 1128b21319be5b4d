import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ClusterChoice,
  chooseKubernetes,
  contextNames,
} from '../../../../src/cluster/connection/choose-cluster.ts';
import { KubeconfigHome, kubeconfig } from './kubeconfig-home.ts';
import { base64, makeAuthority } from './test-authority.ts';

let home: KubeconfigHome;
beforeEach(async () => {
  home = await KubeconfigHome.create();
});
afterEach(async () => home.remove());

async function choose(files: Record<string, object | string>, choice: Partial<ClusterChoice> = {}) {
  const paths = await Promise.all(Object.entries(files).map(([name, content]) => home.write(name, content)));
  return chooseKubernetes({ env: { KUBECONFIG: paths.join(':') }, ...choice });
}

async function optionsOf(cluster: object) {
  return (await choose({ config: kubeconfig(cluster) })).connection.options();
}

const two = {
  clusters: [
    { name: 'a', cluster: { server: 'https://a:1' } },
    { name: 'b', cluster: { server: 'https://b:2' } },
  ],
  users: [{ name: 'u', user: { token: 'secret' } }],
  contexts: [
    { name: 'to-a', context: { cluster: 'a', user: 'u' } },
    { name: 'to-b', context: { cluster: 'b', user: 'u', namespace: 'orders' } },
  ],
  'current-context': 'to-a',
};

describe('which context', () => {
  it('is the current one, in its own namespace', async () => {
    expect(await choose({ config: two })).toMatchObject({
      context: 'to-a',
      namespace: 'default',
      connection: { server: 'https://a:1' },
    });
  });

  it('is the one that is named, in the namespace that is named', async () => {
    expect(await choose({ config: two }, { context: 'to-b' })).toMatchObject({ namespace: 'orders' });
    expect(await choose({ config: two }, { context: 'to-b', namespace: 'other' })).toMatchObject({
      context: 'to-b',
      namespace: 'other',
      connection: { server: 'https://b:2' },
    });
  });

  it('is listed with the others, the current one first', async () => {
    const path = await home.write('config', { ...two, 'current-context': 'to-b' });
    expect(await contextNames({ env: { KUBECONFIG: path } })).toEqual(['to-b', 'to-a']);
  });

  it('must exist', async () => {
    await expect(choose({ config: two }, { context: 'to-c' })).rejects.toMatchObject({
      code: 'CLUSTER_NOT_CONFIGURED',
      message: 'the kubeconfig has no context "to-c"',
      hints: [
        'Did you mean `--context to-a`?',
        'It has: to-a, to-b.',
        '`--context embedded` works on the embedded cluster.',
      ],
    });
  });

  it('must be chosen if there is no current one', async () => {
    await expect(choose({ config: { ...two, 'current-context': '' } })).rejects.toMatchObject({
      code: 'CLUSTER_NOT_CONFIGURED',
      message: 'the kubeconfig has no current context',
    });
  });

  it.each([
    [{ contexts: [{ name: 'to-a', context: { cluster: 'gone', user: 'u' } }] }, 'the cluster "gone"'],
    [{ contexts: [{ name: 'to-a', context: { cluster: 'a', user: 'gone' } }] }, 'the user "gone"'],
  ])('must lead to something: %j', async (change, text) => {
    await expect(choose({ config: { ...two, ...change } })).rejects.toMatchObject({
      code: 'CLUSTER_NOT_CONFIGURED',
      message: `context to-a names ${text}, which the kubeconfig doesn't have`,
    });
  });

  it('must not break out of its namespace', async () => {
    const config = kubeconfig(undefined, {}, { namespace: 'a/../b' });
    await expect(choose({ config })).rejects.toMatchObject({
      code: 'CLUSTER_NOT_CONFIGURED',
      message: '"a/../b" can\'t be the name of a namespace',
    });
  });
});

describe('kubeconfig files', () => {
  it('count in their order, name by name, as kubectl has it', async () => {
    const first = { contexts: [{ name: 'to-a', context: { cluster: 'a', namespace: 'first' } }] };
    const files = { first, second: two };
    expect(await choose(files, { context: 'to-a' })).toMatchObject({ namespace: 'first' });
    expect(await choose(files)).toMatchObject({ context: 'to-a', connection: { server: 'https://a:1' } });
    expect(await choose(files, { context: 'to-b' })).toMatchObject({ namespace: 'orders' });
  });

  it('may be missing, but not all of them', async () => {
    const path = await home.write('config', two);
    const missing = home.path('missing');
    const choice = { env: { KUBECONFIG: `${missing}::${path}:${path}` } };
    expect(await chooseKubernetes(choice)).toMatchObject({ context: 'to-a' });
    await expect(chooseKubernetes({ env: { KUBECONFIG: missing } })).rejects.toMatchObject({
      code: 'CLUSTER_NOT_CONFIGURED',
      message: `there is no kubeconfig at ${missing}`,
    });
  });

  it('are in the home directory if KUBECONFIG says nothing', async () => {
    await home.write('.kube/config', two);
    const env = { HOME: home.directory, KUBECONFIG: '' };
    expect(await chooseKubernetes({ env })).toMatchObject({ context: 'to-a' });
  });

  it('are relative to the current directory', async () => {
    await home.write('config', two);
    const choice = { env: { KUBECONFIG: './config' }, cwd: home.directory };
    expect(await chooseKubernetes(choice)).toMatchObject({ context: 'to-a' });
  });

  it('may be empty, or hold nulls', async () => {
    const nothing = 'apiVersion: v1\nkind: Config\nclusters: null\ncontexts: []\nusers:\n';
    expect(await choose({ empty: '', nothing, config: two })).toMatchObject({ context: 'to-a' });
  });

  it.each([
    ['users:\n  - name: u\n    user: {token: [geheim', 'Flow'],
    ['- geheim', 'the file must be a map'],
    ['clusters: {geheim: 1}', 'clusters must be a list'],
    ['users: [{name: u, user: {token: {geheim: 1}}}]', 'token must be text'],
  ])('are named if they are damaged, without what is in them: %s', async (text, why) => {
    const error: unknown = await choose({ config: text }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'CLUSTER_NOT_CONFIGURED',
      message: expect.stringContaining(`${home.path('config')} is not a readable kubeconfig: ${why}`),
    });
    expect(error).not.toHaveProperty('cause');
    expect(JSON.stringify(error) + String(error)).not.toContain('geheim');
  });
});

describe('where the cluster is', () => {
  it.each([
    ['https://host', 'https://host'],
    ['https://host/', 'https://host'],
    ['https://host:6443/k8s/clusters/c-1/', 'https://host:6443/k8s/clusters/c-1'],
    ['https://[fd00::1]:6443', 'https://[fd00::1]:6443'],
    ['http://host:8080', 'http://host:8080'],
    ['host:8080', 'http://host:8080'],
  ])('%s is %s', async (server, expected) => {
    expect((await choose({ config: kubeconfig({ server }) })).connection.server).toBe(expected);
  });

  it('is reached by HTTPS without a scheme where there is anything about certificates', async () => {
    const { connection } = await choose({
      config: kubeconfig({ server: 'host:6443', 'insecure-skip-tls-verify': true }),
    });
    expect(connection.server).toBe('https://host:6443');
    expect(await connection.options()).toMatchObject({ rejectUnauthorized: false });
  });

  it.each(['', 'https://', 'https://a b'])('must be a URL: "%s"', async (server) => {
    await expect(choose({ config: kubeconfig({ server }) })).rejects.toMatchObject({
      code: 'CLUSTER_NOT_CONFIGURED',
      message: expect.stringContaining('which is no URL'),
    });
  });
});

describe('how the cluster is known', () => {
  it('by an authority in the file, which counts more, or beside it', async () => {
    const [inside, beside] = [await makeAuthority(), await makeAuthority()];
    await home.write('ca.pem', beside.ca);
    const file = { server: 'https://host', 'certificate-authority': 'ca.pem', 'tls-server-name': 'name' };
    const both = { ...file, 'certificate-authority-data': base64(inside.ca) };
    expect(await optionsOf(file)).toMatchObject({ ca: beside.ca, servername: 'name' });
    expect(await optionsOf(both)).toMatchObject({ ca: inside.ca });
  });

  it('also to somebody without a user', async () => {
    const { ca } = await makeAuthority();
    const config = {
      clusters: [{ name: 'c', cluster: { server: 'https://c', 'certificate-authority-data': base64(ca) } }],
      contexts: [{ name: 'x', context: { cluster: 'c' } }],
      'current-context': 'x',
    };
    expect(await (await choose({ config })).connection.options()).toEqual({ ca, headers: {} });
  });

  it.each([
    [{ 'certificate-authority': 'missing.pem' }, 'ENOENT'],
    [{ 'certificate-authority-data': base64('no certificate') }, 'it is not PEM'],
    [
      { 'certificate-authority-data': base64('x'), 'insecure-skip-tls-verify': true },
      'both a certificate-authority and insecure-skip-tls-verify',
    ],
  ])('must be clear: %j', async (change, why) => {
    const config = kubeconfig({ server: 'https://host', ...change });
    await expect(choose({ config })).rejects.toMatchObject({
      code: 'CLUSTER_NOT_CONFIGURED',
      message: expect.stringContaining(why),
    });
  });
});

it('sends no secrets over plain HTTP', async () => {
  const { connection } = await choose({ config: kubeconfig({ server: 'http://host' }, { token: 'secret' }) });
  expect(await connection.options()).toEqual({ headers: {} });
});
