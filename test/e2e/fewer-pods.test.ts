// A component that is to have fewer pods than it has: who takes them away, and what is left alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeleteResult } from '../../src/actions/delete-version.ts';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { PlanResult } from '../../src/actions/plan.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { openTransport } from '../../src/cluster/api/transport.ts';
import { readConnection } from '../../src/cluster/connection/embedded-kubeconfig.ts';
import { Sandbox } from './sandbox.ts';
import { serverOf, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  await app.write('web/server.js', serverOf('first'));
});
afterAll(async () => {
  await sandbox.remove(app.cwd);
});

/** Commits a config that wants so many pods. */
async function want(replicas: number): Promise<void> {
  await app.configure({ web: { routes: ['PathPrefix(`/`)'], replicas } });
  await app.commit(`want ${replicas}`);
}

const podsNow = async () =>
  (await app.json<StatusResult>('status')).workloads.map(({ replicas }) => replicas);

async function scaleByKubectl(replicas: number): Promise<void> {
  const [name] = (await app.json<StatusResult>('status')).workloads.map((each) => each.name);
  const transport = openTransport(await readConnection(sandbox.path('shop/.fox/cluster/kubeconfig')));
  const { status, body } = await transport.send({
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/default/deployments/${name}/scale?fieldManager=kubectl`,
    contentType: 'application/merge-patch+json',
    body: JSON.stringify({ spec: { replicas } }),
  });
  body.resume();
  transport.close();
  expect(status).toBe(200);
}

describe('fewer pods', { sequential: true, shuffle: false }, () => {
  it('are what a version that follows a branch gets with its next deploy, as the plan says', async () => {
    await want(3);
    await app.json('deploy');
    expect(await podsNow()).toEqual([3]);
    await want(2);
    const plan = await app.json<PlanResult>('plan');
    expect(plan.components[0]?.reason).toMatch(/, with 3 pods: is scaled to 2$/);
    expect(plan).toMatchObject({ scale: [{ before: 3, after: 2 }], pods: { before: 3, after: 2 } });
    expect(await app.json<DeployResult>('deploy')).toMatchObject({ pods: { before: 3, after: 2 } });
    expect(await podsNow()).toEqual([2]);
    expect(await app.json<DeployResult>('deploy')).toMatchObject({ unchanged: true, scale: [] });
  });

  it('wait for the version that wants more, and come when that is deleted', async () => {
    await want(3);
    await app.json('deploy', 'v3');
    await want(1);
    await app.json('deploy');
    expect(await podsNow()).toEqual([3]);
    const would = await app.json<DeleteResult>('delete', 'v3', '--dry-run');
    expect(would).toMatchObject({ workloads: [], scale: [{ before: 3, after: 1 }] });
    expect(await podsNow()).toEqual([3]);
    expect(await app.json<DeleteResult>('delete', 'v3')).toMatchObject({ scale: would.scale });
    expect(await podsNow()).toEqual([1]);
  });

  it('are not what somebody gets who has scaled it', async () => {
    await scaleByKubectl(2);
    const plan = await app.json<PlanResult>('plan');
    expect(plan.components[0]?.reason).toMatch(
      /, with 2 pods: left alone, as kubectl has set that; 1 is wanted$/,
    );
    expect(plan.pods).toEqual({ before: 2, after: 2 });
    await app.json('deploy', 'v4');
    await app.json('delete', 'v4');
    expect(await podsNow()).toEqual([2]);
  });
});
