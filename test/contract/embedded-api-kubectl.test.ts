// What people do with kubectl, done with the real one.
import { execFile, spawn, type ExecFileException } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PodLogs } from '../../src/embedded/api/pod-logs.ts';
import {
  type ApiClient,
  configMap,
  deployment,
  eventually,
  openEmbedded,
  pod,
} from './cluster/cluster-under-test.ts';

const run = promisify(execFile);

async function kubectlVersion(): Promise<string | undefined> {
  try {
    return (await run('kubectl', ['version', '--client'])).stdout;
  } catch {
    return undefined;
  }
}

const version = await kubectlVersion();
if (version === undefined)
  process.stderr.write('skipped: embedded API with kubectl (there is no kubectl on PATH)\n');

describe.skipIf(version === undefined)('kubectl', () => {
  let cluster: Awaited<ReturnType<typeof openEmbedded>>;
  let client: ApiClient;
  let directory = '';
  let environment: NodeJS.ProcessEnv = {};
  let name = '';
  let count = 0;

  const logs: PodLogs = {
    async *read(_uid, { timestamps, tailLines }) {
      const lines = ['first', 'second'].map((text, index) =>
        timestamps ? `2026-01-01T00:00:0${index}.000000000Z ${text}\n` : `${text}\n`,
      );
      for (const line of lines.slice(tailLines === undefined ? 0 : -tailLines)) yield Buffer.from(line);
    },
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
    cluster = await openEmbedded(async () => logs);
    ({ client } = cluster);
    const kubeconfig = join(directory, 'kubeconfig');
    await writeFile(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
    environment = { PATH: process.env['PATH'], HOME: directory, KUBECONFIG: kubeconfig };
  });

  afterAll(async () => {
    await cluster.close();
    await rm(directory, { recursive: true, force: true });
  });

  beforeEach(async () => {
    count += 1;
    name = `n${count}`;
    await client.post(
      '/apis/apps/v1/namespaces/default/deployments',
      deployment(name, { 'kubefox.io/component': 'api-server' }),
    );
    await client.post('/api/v1/namespaces/default/pods', pod(name, { run: name }));
  });

  async function kubectl(...args: string[]): Promise<string> {
    const { stdout } = await run('kubectl', args, { env: environment });
    return stdout;
  }

  /** A command's table as rows of cells. */
  async function table(...args: string[]): Promise<string[][]> {
    const output = await kubectl(...args);
    return output
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
  }

  async function failure(...args: string[]): Promise<string> {
    const error: ExecFileException & { stderr?: string } = await kubectl(...args).then(
      (output) => new Error(`kubectl succeeded: ${output}`),
      (cause: ExecFileException) => cause,
    );
    return error.stderr ?? error.message;
  }

  test('knows the resources', async () => {
    const resources = await table('api-resources', '--no-headers');
    expect(resources).toContainEqual(['deployments', 'deploy', 'apps/v1', 'true', 'Deployment']);
    expect(resources).toContainEqual(['pods', 'po', 'v1', 'true', 'Pod']);
    expect(await kubectl('version')).toContain('+fox');
  });

  test('get -L, -o wide, -o name', async () => {
    const [header, row] = await table('get', 'deployments', name, '-L', 'kubefox.io/component');
    expect(header).toEqual(['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE', 'COMPONENT']);
    expect(row).toEqual([name, '0/0', '0', '0', expect.stringMatching(/^\d+s$/), 'api-server']);
    const [wideHeader, wideRow] = await table('get', 'pods', name, '-o', 'wide');
    expect(wideHeader).toEqual([
      'NAME',
      'READY',
      'STATUS',
      'RESTARTS',
      'AGE',
      'IP',
      'NODE',
      'NOMINATED NODE',
      'READINESS GATES',
    ]);
    expect(wideRow?.slice(0, 4)).toEqual([name, '0/1', 'Pending', '0']);
    expect(await kubectl('get', 'deploy,po', '-o', 'name')).toContain(`deployment.apps/${name}\n`);
    expect(await kubectl('get', 'all')).toContain(`pod/${name}`);
  });

  test('get -o yaml, -o json, -o jsonpath, --sort-by', async () => {
    expect(await kubectl('get', 'deploy', name, '-o', 'yaml')).toMatch(
      /^apiVersion: apps\/v1\nkind: Deployment\n/,
    );
    expect(JSON.parse(await kubectl('get', 'deploy', '-o', 'json'))).toMatchObject({
      kind: 'List',
      apiVersion: 'v1',
    });
    expect(
      await kubectl(
        'get',
        'pods',
        '-l',
        `run=${name}`,
        '-o',
        'jsonpath={.items[*].spec.containers[0].image}',
      ),
    ).toBe('example.com/app:1');
    expect(await kubectl('get', 'pods', '--sort-by', '.metadata.name')).toContain(name);
    expect(await kubectl('get', 'pods', '--field-selector', `metadata.name=${name}`, '--no-headers')).toMatch(
      new RegExp(`^${name} `),
    );
  });

  test('get -w shows changes as they happen', async () => {
    const child = spawn('kubectl', ['get', 'pods', '-w', '-l', `run=${name}`], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const seen: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      seen.push(line.split(/ +/).slice(0, 3).join(' '));
      if (seen.length === 2)
        await client.patch(`/api/v1/namespaces/default/pods/${name}/status`, {
          status: { phase: 'Running' },
        });
      if (seen.length === 3) child.kill();
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    expect(seen.slice(0, 3)).toEqual(['NAME READY STATUS', `${name} 0/1 Pending`, `${name} 0/1 Running`]);
  });

  test('create, label, annotate, scale, patch', async () => {
    await kubectl('create', 'configmap', `${name}-c`, '--from-literal=a=b');
    await kubectl('create', 'secret', 'generic', `${name}-s`, '--from-literal=a=b');
    await kubectl('create', 'namespace', `${name}-ns`);
    await kubectl('label', 'deploy', name, 'x=y');
    await kubectl('annotate', 'deploy', name, 'z=w');
    await kubectl('scale', 'deploy', name, '--replicas=2');
    await kubectl('patch', 'deploy', name, '--type=merge', '-p', '{"spec":{"minReadySeconds":3}}');
    const [, config] = await table('get', 'cm', `${name}-c`);
    expect(config?.slice(0, 2)).toEqual([`${name}-c`, '1']);
    expect(JSON.parse(await kubectl('get', 'deploy', name, '-o', 'json'))).toMatchObject({
      metadata: { labels: { x: 'y' }, annotations: { z: 'w' } },
      spec: { replicas: 2, minReadySeconds: 3 },
    });
  });

  test('delete, also in the foreground and all of a label', async () => {
    expect(await kubectl('delete', 'deploy', name)).toBe(`deployment.apps "${name}" deleted\n`);
    expect(await failure('get', 'deploy', name)).toBe(
      `Error from server (NotFound): deployments.apps "${name}" not found\n`,
    );
    await client.post('/api/v1/namespaces/default/configmaps', configMap(name, {}, { run: name }));
    expect(await kubectl('delete', 'cm', name, '--cascade=foreground')).toContain('deleted');
    expect(await kubectl('delete', 'pods', '-l', `run=${name}`)).toContain(`pod "${name}" deleted`);
    expect(await kubectl('get', 'pods', '-l', `run=${name}`)).toBe('');
  });

  test('logs', async () => {
    expect(await kubectl('logs', name)).toBe('first\nsecond\n');
    expect(await kubectl('logs', name, '--tail=1', '--timestamps')).toBe(
      '2026-01-01T00:00:01.000000000Z second\n',
    );
    expect(await failure('logs', name, '-c', 'other')).toContain(
      `container other is not valid for pod ${name}`,
    );
  });

  test('describe', async () => {
    await client.post('/api/v1/namespaces/default/events', {
      metadata: { name },
      involvedObject: {
        kind: 'Pod',
        namespace: 'default',
        name,
        uid: cluster.store.get('pods', 'default', name)?.metadata.uid,
      },
      reason: 'BackOff',
      message: 'Back-off restarting failed container',
      type: 'Warning',
      lastTimestamp: new Date().toISOString(),
      count: 2,
      source: { component: 'kubelet' },
    });
    const text = await kubectl('describe', 'pod', name);
    expect(text).toMatch(new RegExp(`^Name: +${name}\n`));
    expect(text).toContain('Back-off restarting failed container');
    expect(await kubectl('describe', 'deploy', name)).toContain('StrategyType:           RollingUpdate');
    expect(await kubectl('get', 'events')).toContain(`pod/${name}`);
  });

  test('wait', async () => {
    const waiting = kubectl('wait', '--for=condition=Available', `deploy/${name}`, '--timeout=20s');
    await client.patch(`/apis/apps/v1/namespaces/default/deployments/${name}/status`, {
      status: { conditions: [{ type: 'Available', status: 'True' }] },
    });
    expect(await waiting).toBe(`deployment.apps/${name} condition met\n`);
  });

  test('delete waits until it is gone', async () => {
    const path = `/api/v1/namespaces/default/configmaps/${name}`;
    await client.post('/api/v1/namespaces/default/configmaps', {
      metadata: { name, finalizers: ['example.com/hold'] },
    });
    let over = false;
    const deleting = kubectl('delete', 'cm', name).finally(() => (over = true));
    await eventually(
      () => client.get(path),
      ({ body }) => body.metadata.deletionTimestamp !== undefined,
    );
    expect(over).toBe(false);
    await client.patch(path, { metadata: { finalizers: null } });
    expect(await deleting).toBe(`configmap "${name}" deleted\n`);
  });

  test('what the cluster lacks is said', async () => {
    expect(await failure('get', 'nodes')).toContain(`the server doesn't have a resource type "nodes"`);
    expect(await failure('create', 'deployment', 'Wrong', '--image=x')).toContain(
      'a lowercase RFC 1123 subdomain must consist of',
    );
  });
});
