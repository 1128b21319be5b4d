// The keeper on a real Kubernetes cluster: installed with the least rights, ends what has expired, and leaves nothing when it is uninstalled.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstallResult } from '../../src/actions/install.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { serverOf, SmallApp } from './small-app.ts';
import { base, hasTestCluster, kubeconfig, registry } from './test-cluster.ts';

const execute = promisify(execFile);

const isPossible = hasTestCluster('the keeper on Kubernetes');

const inOrder = { sequential: true, shuffle: false, timeout: 300_000 } as const;
const namespace = `fox-e2e-keeper-${process.pid}`;

interface Pods {
  readonly items: {
    readonly metadata: {
      readonly uid: string;
      readonly labels: Record<string, string>;
      readonly deletionTimestamp?: string;
    };
  }[];
}

describe.runIf(isPossible)('the keeper on Kubernetes', inOrder, () => {
  const env = {
    KUBECONFIG: kubeconfig,
    FOX_NAMESPACE: namespace,
    FOX_REGISTRY: `${registry}/${namespace}`,
    FOX_CONTEXT: '',
  };
  let sandbox: Sandbox;
  let app: SmallApp;

  async function kubectl(...args: readonly string[]): Promise<string> {
    const { stdout } = await execute('kubectl', ['--kubeconfig', kubeconfig, '-n', namespace, ...args]);
    return stdout;
  }

  async function fox<T>(...args: readonly string[]): Promise<T> {
    const ended = await sandbox.fox([...args, '-o', 'json'].join(' '), { cwd: app.cwd, env });
    if (ended.code !== 0) throw new Error(`fox ${args.join(' ')}: ${ended.stderr}`);
    return JSON.parse(ended.stdout) as T;
  }

  /** Uids of the pods of fox's workloads that aren't about to end. */
  async function pods(): Promise<string[]> {
    const { items } = JSON.parse(await kubectl('get', 'pods', '-l', 'kubefox.io/hash', '-o', 'json')) as Pods;
    const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return staying.map(({ metadata }) => metadata.uid).toSorted();
  }

  async function names(kinds: string): Promise<string[]> {
    const listed = await kubectl('get', kinds, '-o', 'name');
    return listed.split('\n').filter((name) => name !== '');
  }

  beforeAll(async () => {
    sandbox = await Sandbox.create();
    app = await SmallApp.create(sandbox, 'shop');
    env.FOX_CONTEXT = (await kubectl('config', 'current-context')).trim();
    await kubectl('create', 'namespace', namespace);
    for (const component of ['web', 'api']) await app.write(`${component}/server.js`, serverOf('v1'));
    await app.configure({
      web: { routes: ['PathPrefix(`/`)'], build: { base }, env: { THEME: { default: 'light' } } },
      api: { build: { base } },
    });
    await app.commit();
  }, 60_000);
  afterAll(async () => {
    await kubectl('delete', 'namespace', namespace, '--wait=false');
    await sandbox.remove();
  }, 60_000);

  it('is installed with the routers, and ready', async () => {
    const { objects } = await fox<InstallResult>('install', '--base', base);
    const own = objects.filter(({ name }) => name === 'fox-keeper').map(({ kind }) => kind);
    expect(own).toEqual(['ServiceAccount', 'Role', 'RoleBinding', 'Deployment']);
    const again = await fox<InstallResult>('install');
    expect(again.objects.filter(({ action }) => action !== 'unchanged')).toEqual([]);
    const asKeeper = ['auth', 'can-i', '--as', `system:serviceaccount:${namespace}:fox-keeper`];
    for (const verb of ['get', 'list', 'watch'])
      await expect(kubectl(...asKeeper, verb, 'secrets')).rejects.toMatchObject({ stdout: 'no\n' });
  });

  it('ends what has expired, and keeps the pods of others', async () => {
    await fox('deploy', 'v1');
    await fox('release', 'v1');
    const before = await pods();
    await fox('env', 'set', 'pr-1', '--create', 'THEME=dark', '--ttl', '1h', '--policy', 'stable');
    await fox('deploy', 'v1', '-e', 'pr-1');
    await fox('release', 'v1', '-e', 'pr-1');
    expect(await pods()).toHaveLength(before.length + 1);
    expect(await names('configmaps')).toContain('configmap/shop-config-pr-1-1');
    const stored = await kubectl('get', 'configmap', 'fox-env-pr-1', '-o', 'jsonpath={.data.environment}');
    const environment = JSON.stringify({
      ...(JSON.parse(stored) as object),
      expiresAt: '2020-01-01T00:00:00Z',
    });
    const patch = JSON.stringify({ data: { environment } });
    await kubectl('patch', 'configmap', 'fox-env-pr-1', '--type', 'merge', '--patch', patch);
    const left = async () => (await names('configmaps,secrets')).filter((name) => name.includes('pr-1'));
    await eventually(left, (found) => found.length === 0, 60_000);
    await eventually(pods, (uids) => uids.length === before.length, 60_000);
    expect(await pods()).toEqual(before);
    const events = async () => kubectl('get', 'events', '--field-selector', 'reason=Expired', '-o', 'name');
    await eventually(events, (found) => found !== '');
  });

  it('leaves nothing when it is uninstalled', async () => {
    await fox('uninstall', '--yes', '--purge');
    const kinds =
      'deployments,configmaps,secrets,services,serviceaccounts,roles,rolebindings,leases,poddisruptionbudgets';
    const given = /\/(kube-root-ca\.crt|openshift-service-ca\.crt|default)$/;
    const left = async () => (await names(kinds)).filter((name) => !given.test(name));
    // Leases go with the pods that own them.
    expect(await eventually(left, (found) => found.length === 0, 120_000)).toEqual([]);
  });
});
