// Real pods with secrets: what becomes of a virtual environment changes nothing for them, nor for those that follow them.
import type { V1Pod, V1Secret } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Namespace } from '../../src/cluster/namespace.ts';
import type { Workload } from '../../src/core/version/workload.ts';
import { workloadWith } from '../unit/cluster/objects/workload-fixture.ts';
import { ApplyingCluster, hasNodes, nodeImage } from './applying-cluster.ts';

if (!hasNodes)
  process.stderr.write('no cluster with nodes is given: pods with secrets are tested by stories only\n');

/** Says what it was given, in a way that isn't the value, and waits. */
const program = `
const value = process.env.PASSWORD ?? '';
require('http').createServer((request, response) => response.end()).listen(process.env.PORT, () => console.log('has ' + value.length));
process.on('SIGTERM', () => process.exit(0));
`;

const origin = { version: 'v1', commit: 'c'.repeat(40) };

let cluster: ApplyingCluster;
let namespace: Namespace;
beforeEach(async () => {
  cluster = await ApplyingCluster.open();
  namespace = new Namespace(cluster.client, 'kubernetes', () => ({ image: nodeImage }));
});
afterEach(async () => {
  await cluster.end();
});

async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function pods(): Promise<V1Pod[]> {
  return (await cluster.client.list<V1Pod>('pods')).items;
}

async function readyPod(): Promise<V1Pod> {
  const [pod] = await eventually(pods, (all) =>
    all.some(
      ({ metadata, status }) =>
        metadata?.deletionTimestamp === undefined && status?.containerStatuses?.[0]?.ready === true,
    ),
  ).then((all) => all.filter(({ metadata }) => metadata?.deletionTimestamp === undefined));
  if (pod === undefined) throw new Error('no pod is ready');
  return pod;
}

async function saidBy({ metadata }: V1Pod): Promise<string> {
  let text = '';
  const { signal } = new AbortController();
  for await (const chunk of cluster.client.log(metadata?.name ?? '', {}, signal)) text += chunk;
  return text;
}

async function run(environment: string, value: string): Promise<Workload> {
  const fingerprint = await namespace.secrets.fingerprint(value);
  await namespace.secrets.store(environment, new Map([['PASSWORD', { fingerprint, value }]]));
  const secrets = { PASSWORD: { fingerprint } };
  await namespace.createEnvironment({ name: environment, vars: {}, secrets }, false);
  const workload = {
    ...workloadWith({ secrets: ['PASSWORD'], command: ['node', '-e', program] }),
    secrets: { PASSWORD: fingerprint },
  };
  await namespace.createWorkload(workload, origin);
  return workload;
}

describe.runIf(hasNodes)('a pod with a secret', { timeout: 120_000 }, () => {
  it('goes on with its value when its environment changes and leaves, and so does the pod after it', async () => {
    await run('dev', 'geheim');
    const first = await readyPod();
    expect(await saidBy(first)).toContain('has 6');
    const other = await namespace.secrets.fingerprint('somewhat longer');
    await namespace.secrets.store(
      'dev',
      new Map([['PASSWORD', { fingerprint: other, value: 'somewhat longer' }]]),
    );
    await namespace.secrets.removeUnused({ environments: [], configurations: [] }, ['dev']);
    await cluster.client.delete('configmaps', 'fox-env-dev');
    expect(await cluster.client.get('secrets', 'fox-env-dev')).toBeUndefined();
    const same = await readyPod();
    expect(same.metadata?.uid).toBe(first.metadata?.uid);
    expect(same.status?.containerStatuses?.[0]?.restartCount).toBe(0);
    await cluster.client.delete('pods', first.metadata?.name ?? '');
    const next = await eventually(readyPod, ({ metadata }) => metadata?.uid !== first.metadata?.uid);
    expect(await saidBy(next)).toContain('has 6');
  });

  it('takes its copy along when its workload leaves, and a new one of that name has one at once', async () => {
    const workload = await run('dev', 'geheim');
    const name = 'shop-web-aaaaaaaa';
    const copy = async () => cluster.client.get<V1Secret>('secrets', name);
    const first = await copy();
    await readyPod();
    await namespace.deleteWorkload(name);
    await new Namespace(cluster.client, 'kubernetes', () => ({ image: nodeImage })).createWorkload(
      workload,
      origin,
    );
    await readyPod();
    expect((await copy())?.data).toEqual(first?.data);
    await namespace.deleteWorkload(name);
    await eventually(copy, (found) => found === undefined);
    expect(await copy()).toBeUndefined();
  });
});
