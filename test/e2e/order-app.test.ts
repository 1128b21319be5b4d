// The story of the Order App, from init to rollback, as one would type it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { HistoryResult } from '../../src/actions/history.ts';
import type { OpenResult } from '../../src/actions/open.ts';
import type { ReleaseResult } from '../../src/actions/release.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { eventually, hasProgram, Sandbox } from './sandbox.ts';

interface Pod {
  readonly uid: string;
  readonly component: string;
  readonly restarts: number;
  readonly startedAt?: string;
}

interface Chain {
  readonly component: string;
  readonly release: string;
  readonly hops: readonly Chain[];
}

const cwd = 'shop';
let sandbox: Sandbox;

async function commitStep(step: string): Promise<void> {
  expect(await sandbox.fox(`init shop --template order-app/${step}`)).toMatchObject({ code: 0 });
  await sandbox.git(['add', '--all'], cwd);
  await sandbox.git(['commit', '--quiet', '--message', step], cwd);
}

async function pods(): Promise<Map<string, Pod>> {
  const status = await sandbox.json<StatusResult>('status', { cwd });
  return new Map(status.workloads.flatMap((workload) => workload.pods).map((pod) => [pod.uid, pod]));
}

async function edge(): Promise<string> {
  const { router } = await sandbox.json<StatusResult>('status', { cwd });
  return router.url ?? '';
}

async function chain(query: string): Promise<Chain> {
  const response = await fetch(`${await edge()}/api?${query}`);
  expect(`${query}: ${response.status}`).toBe(`${query}: 200`);
  return (await response.json()) as Chain;
}

/** Component → release over all hops. */
function answers(root: Chain): Record<string, string> {
  return Object.assign({ [root.component]: root.release }, ...root.hops.map(answers)) as Record<
    string,
    string
  >;
}

const v1 = { 'order-ui': 'v1', 'api-server': 'v1' };
const v2 = { 'order-ui': 'v1', 'api-server': 'v2' };
const v3 = { 'order-ui': 'v3', 'api-server': 'v2', review: 'v3' };

// The story is told in order: each test goes on where the one before it ended.
describe('the Order App', { sequential: true, shuffle: false }, () => {
  beforeAll(async () => {
    sandbox = await Sandbox.create();
    await sandbox.fox('init shop --template order-app');
  });
  afterAll(async () => sandbox.remove(cwd));

  const before: Map<string, Pod>[] = [];

  it('runs three pods for v1', async () => {
    const result = await sandbox.json<DeployResult>('deploy v1', { cwd });
    expect(result).toMatchObject({
      version: 'v1',
      builds: 3,
      workloads: { create: 3, keep: 0 },
      pods: { before: 0, after: 3 },
    });
    before.push(await pods());
    expect(before[0]?.size).toBe(3);
    expect(answers(await chain('kf-dep=v1'))).toEqual(v1);
  });

  it('does nothing when it is deployed again', async () => {
    expect(await sandbox.json<DeployResult>('deploy v1', { cwd })).toMatchObject({
      unchanged: true,
      builds: 0,
      workloads: { create: 0, keep: 3 },
    });
    expect(await pods()).toEqual(before[0]);
  });

  it('adds one pod for v2 and leaves the others alone', async () => {
    await commitStep('v2');
    const result = await sandbox.json<DeployResult>('deploy v2', { cwd });
    expect(result).toMatchObject({
      builds: 1,
      workloads: { create: 1, keep: 2 },
      pods: { before: 3, after: 4 },
    });
    const after = await pods();
    expect(after.size).toBe(4);
    for (const [uid, pod] of before[0] ?? []) expect(after.get(uid)).toEqual(pod);
    before.push(after);
  });

  it('adds two pods for v3', async () => {
    await commitStep('v3');
    const result = await sandbox.json<DeployResult>('deploy v3', { cwd });
    expect(result).toMatchObject({
      builds: 2,
      workloads: { create: 2, keep: 2 },
      pods: { before: 4, after: 6 },
    });
    const after = await pods();
    expect(after.size).toBe(6);
    for (const [uid, pod] of before[1] ?? []) expect(after.get(uid)).toEqual(pod);
  });

  it('answers each version by its own components on every hop', async () => {
    for (let round = 0; round < 10; round++) {
      const all = await Promise.all([
        chain('kf-dep=v1'),
        chain('kf-dep=order-app-v2'),
        chain('kf-dep=v3&kf-ve=default'),
      ]);
      expect(all.map(answers)).toEqual([v1, v2, v3]);
    }
  });

  it('refuses the same name for another commit and changes nothing', async () => {
    const ended = await sandbox.fox('deploy v1', { cwd });
    expect(ended).toMatchObject({ code: 5, stdout: '' });
    expect(ended.stderr).toContain("it can't be changed to commit");
    expect(await sandbox.json<DeployResult>('deploy v1 --commit HEAD~2', { cwd })).toMatchObject({
      unchanged: true,
    });
  });

  it('has nothing on the plain URL before a release', async () => {
    const response = await fetch(`${await edge()}/`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.text()).toContain('fox release');
  });

  it('releases v2 in team-a, which it creates', async () => {
    const ended = await sandbox.fox('release v2 --virtual-env team-a -o json', { cwd });
    expect(ended.stderr).toContain('Created virtual environment team-a');
    const result = JSON.parse(ended.stdout) as ReleaseResult;
    expect(result).toMatchObject({
      virtualEnv: 'team-a',
      version: 'v2',
      revision: 1,
      created: 0,
      routers: { acked: 1, total: 1 },
    });
    expect(answers(await chain('kf-ve=team-a'))).toEqual(v2);
    expect((await fetch(`${await edge()}/`)).status).toBe(404);
  });

  it('shows a version once for all environments where it runs the same', async () => {
    const all = (await sandbox.fox('status', { cwd })).stdout;
    expect(all.match(/^v\d in .*$/gm)?.map((line) => line.replace(/ {2}[0-9a-f]{12}/, ''))).toEqual([
      'v1 in default  ready',
      'v2 in default, team-a  ready  released in team-a',
      'v3 in default  ready',
    ]);
    const one = (await sandbox.fox('status v2 -e team-a', { cwd })).stdout;
    expect(one).toContain('1 version, 3 workloads, 3 pods');
    expect(one.match(/^v\d in .*$/gm)).toEqual([
      expect.stringMatching(/^v2 in team-a {2}ready .* released$/),
    ]);
    expect(one).not.toContain('unused');
    expect((await sandbox.fox('status v9', { cwd })).stderr).toContain('there is no version "v9"');
    expect((await sandbox.fox('status -e team-b', { cwd })).stderr).toContain('Did you mean `team-a`?');
  });

  it('moves on to v3 and back at once', async () => {
    await sandbox.json<ReleaseResult>('release v3 -e team-a --reason reviews', { cwd });
    expect(answers(await chain('kf-ve=team-a'))).toEqual(v3);
    expect(await sandbox.json<ReleaseResult>('rollback --virtual-env team-a', { cwd })).toMatchObject({
      version: 'v2',
      previous: 'v3',
      revision: 3,
    });
    expect(answers(await chain('kf-ve=team-a'))).toEqual(v2);
    const { items } = await sandbox.json<HistoryResult>('history -e team-a', { cwd });
    expect(items.map(({ revision, from, to }) => [revision, from, to])).toEqual([
      [3, 'v3', 'v2'],
      [2, 'v2', 'v3'],
      [1, undefined, 'v2'],
    ]);
    expect(items[1]?.reason).toBe('reviews');
  });

  it('opens versions by URL', async () => {
    const { url } = await sandbox.json<OpenResult>('open v3 -e team-a', { cwd });
    expect(url).toContain('kf-dep=v3&kf-ve=team-a');
    const page = await fetch(url);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('fox-version')).toContain('v3');
  });

  it('shows the distilled set to kubectl', async ({ skip }) => {
    if (!(await hasProgram('kubectl'))) skip('kubectl is not installed');
    const kubeconfig = (await sandbox.fox('cluster kubeconfig', { cwd })).stdout.trim();
    const ended = await sandbox.run('kubectl', [
      '--kubeconfig',
      kubeconfig,
      'get',
      'deployments',
      '-L',
      'kubefox.io/component,kubefox.io/hash',
    ]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const rows = ended.stdout.trim().split('\n').slice(1);
    expect(rows).toHaveLength(6);
    for (const row of rows)
      expect(row).toMatch(
        /^order-app-\S+ +1\/1 +1 +1 +\S+ +(order-ui|api-server|order-worker|review) +[0-9a-f]{40}$/,
      );
  });

  it('keeps everything through a stop and a start', async () => {
    await sandbox.fox('cluster stop', { cwd });
    const stopped = await sandbox.json<StatusResult>('status', { cwd });
    expect(stopped).toMatchObject({
      cluster: { state: 'stopped' },
      releases: { 'team-a': { version: 'v2' } },
    });
    expect(stopped.versions.map(({ name }) => name)).toEqual(['v1', 'v2', 'v3']);
    expect((await sandbox.fox('cluster start', { cwd })).code).toBe(0);
    await eventually(
      async () =>
        (await sandbox.json<StatusResult>('status', { cwd })).versions.every(
          ({ environments }) => environments['default']?.ready === true,
        ),
      Boolean,
    );
    expect(answers(await chain('kf-dep=v1'))).toEqual(v1);
    expect(answers(await chain('kf-ve=team-a'))).toEqual(v2);
  });

  it('deletes only what no other version uses', async () => {
    expect((await sandbox.fox('delete v2', { cwd })).code).toBe(5);
    expect((await sandbox.fox('delete v3', { cwd })).code).toBe(5);
    await sandbox.json<ReleaseResult>('release v2 -e team-a', { cwd });
    const ended = await sandbox.json<{ workloads: string[] }>('delete v1', { cwd });
    expect(ended.workloads).toHaveLength(1);
    expect(ended.workloads[0]).toContain('api-server');
    expect(answers(await chain('kf-dep=v2'))).toEqual(v2);
    expect((await fetch(`${await edge()}/?kf-dep=v1`)).status).toBe(404);
  });
});
