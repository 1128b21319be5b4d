// Somebody changes fox's objects with kubectl, or any other client of the cluster: fox notices, tells, and mends what it can.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { HistoryResult } from '../../src/actions/history.ts';
import type { PlanResult } from '../../src/actions/plan.ts';
import type { PruneResult } from '../../src/actions/prune.ts';
import type { ReleaseResult } from '../../src/actions/release.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { openTransport } from '../../src/cluster/api/transport.ts';
import { readConnection } from '../../src/cluster/connection/embedded-kubeconfig.ts';
import type { WhyResult } from '../../src/actions/why.ts';
import type { DoctorResult } from '../../src/actions/doctor.ts';
import { flaws } from './refusal.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
let transport: ReturnType<typeof openTransport>;
let client: ApiClient;
/** Commit of v1. */
let first: string;
/** Name of its Deployment. */
let workload: string;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  first = await app.release('first');
  await app.json('deploy', 'v1');
  await app.json('deploy', 'twin', '--commit', first);
  await app.json('release', 'v1');
  transport = openTransport(await readConnection(sandbox.path('shop/.fox/cluster/kubeconfig')));
  client = new ApiClient(transport.send, 'default');
  workload = (await app.json<StatusResult>('status')).workloads[0]?.name ?? '';
});
afterAll(async () => {
  transport.close();
  await sandbox.remove(app.cwd);
});

/** What plain traffic gets. */
async function plainStatus(): Promise<number | undefined> {
  const { router } = await app.json<StatusResult>('status');
  return (await fetch(router.url ?? '').catch(() => undefined))?.status;
}

const deployFirst = async () => app.json<DeployResult>('deploy', 'v1', '--commit', first);

async function removeEnvironment(): Promise<void> {
  await client.delete('configmaps', 'fox-env-default');
  await eventually(plainStatus, (status) => status === 404);
}

async function scaleToNone(): Promise<void> {
  await client.patch('deployments', workload, { spec: { replicas: 0 } }, 'scale');
}

async function edit(variable: object): Promise<void> {
  const patch = { spec: { template: { spec: { containers: [{ name: 'web', env: [variable] }] } } } };
  const { status, body } = await transport.send({
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/default/deployments/${workload}?fieldManager=kubectl-set`,
    contentType: 'application/strategic-merge-patch+json',
    body: JSON.stringify(patch),
  });
  body.resume();
  expect(status).toBe(200);
}

describe('a virtual environment that somebody has removed', () => {
  it('is told of, and nothing is removed while it is missing', async () => {
    await removeEnvironment();
    const shown = await app.fox('status');
    expect(shown.stderr).toContain("virtual environment default doesn't exist, though shop v1 is released");
    expect(shown.stdout).toContain('default (missing)');
    const { releases } = await app.json<StatusResult>('status');
    expect(releases['default']?.missing).toEqual(['environment']);
    const refused = ['fox deploy v1 -e default', 'nobody can tell what shop needs'];
    for (const command of [['prune'], ['prune', '--dry-run'], ['delete', 'twin']])
      expect(flaws(await app.fox(...command), 5, ...refused)).toEqual([]);
    const { items } = await app.json<HistoryResult>('history');
    expect(items).toMatchObject([{ virtualEnv: 'default', to: 'v1', current: true }]);
    await deployFirst();
  });

  it('is made again by a deploy', async () => {
    await removeEnvironment();
    expect(await deployFirst()).toMatchObject({ unchanged: false, workloads: { create: 0 } });
    await eventually(plainStatus, (status) => status === 200);
    expect(await deployFirst()).toMatchObject({ unchanged: true });
    expect((await app.json<PruneResult>('prune', '--dry-run')).items).toEqual([]);
  });

  it('and by a release, which stays the same one', async () => {
    await removeEnvironment();
    const done = await app.json<ReleaseResult>('release', 'v1');
    expect(done).toMatchObject({ unchanged: false, completed: true, revision: 1, version: 'v1' });
    await eventually(plainStatus, (status) => status === 200);
    expect(await app.json<ReleaseResult>('release', 'v1')).toMatchObject({ unchanged: true });
  });
});

describe('a released version that somebody has removed', () => {
  it('is told of, and comes back by a deploy with the pods that it had', async () => {
    await client.delete('configmaps', 'shop-version-v1');
    const { releases } = await app.json<StatusResult>('status');
    expect(releases['default']?.missing).toEqual(['version']);
    expect((await app.fox('status')).stdout).toContain('v1 (missing)');
    expect(flaws(await app.fox('prune'), 5, 'the released version v1 is missing')).toEqual([]);
    expect(await deployFirst()).toMatchObject({ workloads: { create: 0, keep: 1 } });
    await eventually(plainStatus, (status) => status === 200);
  });
});

describe('a workload that somebody has scaled to nothing', () => {
  it('gets its pods again by a deploy, as the plan says', async () => {
    await scaleToNone();
    const { components, pods } = await app.json<PlanResult>('plan', 'v1', '--commit', first);
    expect(components[0]?.reason).toMatch(/, with 0 pods: is scaled to 1$/);
    expect(pods).toEqual({ before: 0, after: 1 });
    expect(await deployFirst()).toMatchObject({ unchanged: false });
    expect((await app.json<StatusResult>('status')).workloads).toMatchObject([{ replicas: 1, ready: 1 }]);
  });

  it('and by a release', async () => {
    await scaleToNone();
    expect(await app.json<ReleaseResult>('release', 'v1')).toMatchObject({ completed: true });
    expect((await app.json<StatusResult>('status')).workloads).toMatchObject([{ replicas: 1, ready: 1 }]);
  });
});

describe('a workload that somebody has made something else of', () => {
  it('is told of by every command that shows or uses it, with the way back', async () => {
    expect((await app.json<StatusResult>('status')).workloads[0]?.changedBy).toEqual([]);
    await edit({ name: 'EDITED', value: 'yes' });
    const told = `${workload} was changed by kubectl-set`;
    const back = `rollout undo deployment/${workload}`;
    for (const command of [
      ['deploy', 'v1', '--commit', first],
      ['release', 'v1'],
    ]) {
      const { code, stderr } = await app.fox(...command);
      expect(code).toBe(0);
      expect(stderr).toContain(told);
      expect(stderr).toContain(back);
    }
    expect((await app.fox('status')).stdout).toContain('changed by kubectl-set');
    expect((await app.json<StatusResult>('status')).workloads[0]?.changedBy).toEqual(['kubectl-set']);
    expect((await app.json<WhyResult>('why', 'web')).changedBy).toEqual(['kubectl-set']);
    const { items } = await app.json<DoctorResult>('doctor');
    expect(items.find(({ check }) => check === 'objects')?.details.join()).toContain(back);
    await edit({ name: 'EDITED', $patch: 'delete' });
    expect((await app.json<StatusResult>('status')).workloads[0]?.changedBy).toEqual([]);
  });
});
