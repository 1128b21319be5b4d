// A router on Kubernetes: who calls is known by the address of the pod, and what is called by the host that is asked for.
import { Agent } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { annotation, objectName } from '../../src/core/labels.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import {
  type AddressedPod,
  callFrom,
  hasManyLoopbacks,
  runAddressedPod,
  type RouterPod,
  startRouterPod,
} from './router-pod-world.ts';
import { until, World } from './router-world.ts';

if (!hasManyLoopbacks)
  process.stderr.write('skipped: pods with addresses of their own (127.0.0.0/8 is not on loopback here)\n');

let world: World;
let router: RouterPod;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

const manifest = (version: string) =>
  manifestOf(version, {
    ui: { calls: ['api'], rules: ['PathPrefix(`/`)'] },
    api: { source: version },
    db: {},
  });

const uiAddress = '127.0.0.11';

/** ui calls api; both run in v1, which is released. */
async function start(
  ui: { hostNetwork?: boolean; told?: boolean } = {},
): Promise<AddressedPod & { tell(status?: object): void }> {
  world.putEnvironment('dev', {}, true);
  world.putVersion(manifest('v1'), ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
  const caller = await runAddressedPod(world, manifest('v1'), 'ui', { address: uiAddress, ...ui });
  if (ui.told !== false) caller.tell();
  (await runAddressedPod(world, manifest('v1'), 'api', { address: '127.0.0.12' })).tell();
  (await runAddressedPod(world, manifest('v1'), 'db', { address: '127.0.0.13' })).tell();
  router = await startRouterPod(world, { patience: { unknownCaller: 500 } });
  await router.ready;
  return caller;
}

async function probe(path: string): Promise<string> {
  const { status, body } = await world.get(path, {}, router.health);
  return `${status} ${body.trim()}`;
}

describe.skipIf(!hasManyLoopbacks)('a call', () => {
  test.each(['api', 'api:8080', 'api.default', 'api.default.svc', 'api.default.svc.cluster.local:80'])(
    'to %s reaches the callee of its own version',
    async (host) => {
      await start();
      (await runAddressedPod(world, manifest('v2'), 'ui', { address: '127.0.0.21' })).tell();
      (await runAddressedPod(world, manifest('v2'), 'api', { address: '127.0.0.22' })).tell();
      world.putVersion(manifest('v2'), ['dev']);
      expect(await callFrom(uiAddress, router.internal, host)).toEqual({ status: 200, body: 'api of v1' });
      await until(
        'v2 is routed',
        async () => (await callFrom('127.0.0.21', router.internal, host)).body === 'api of v2',
      );
    },
  );

  test.each([
    ['what its caller does not declare', uiAddress, 'db', 403, 'not-in-calls'],
    ['from a pod that calls nothing', '127.0.0.13', 'api', 403, 'not-in-calls'],
    ['another namespace', uiAddress, 'api.other.svc.cluster.local', 400, 'bad-request'],
    ['an address', uiAddress, '127.0.0.12', 400, 'bad-request'],
  ])('to %s is refused', async (_, address, host, status, problem) => {
    await start();
    const answer = await callFrom(address, router.internal, host);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ type: `urn:fox:problem:${problem}` });
  });

  test('from an address that no pod has is refused, and says from where it came', async () => {
    await start();
    const answer = await callFrom('127.0.0.99', router.internal, 'api');
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'urn:fox:problem:unknown-caller',
      detail: expect.stringContaining('127.0.0.99'),
    });
  });

  test("from a pod on the host's network is refused: others have that address, too", async () => {
    await start({ hostNetwork: true });
    expect((await callFrom(uiAddress, router.internal, 'api')).status).toBe(403);
  });

  test('from a pod that is not ready yet is answered', async () => {
    const ui = await start();
    ui.tell({ conditions: [{ type: 'Ready', status: 'False' }] });
    expect((await callFrom(uiAddress, router.internal, 'api')).body).toBe('api of v1');
  });

  test('from a pod that the API has not told of yet waits for that', async () => {
    const ui = await start({ told: false });
    const early = callFrom(uiAddress, router.internal, 'api');
    const another = callFrom(uiAddress, router.internal, 'db');
    await until('both have come in', async () => world.api.watches === 2);
    ui.tell({ podIP: undefined, podIPs: [] });
    ui.tell();
    expect((await early).body).toBe('api of v1');
    expect((await another).status).toBe(403);
  });
});

describe.skipIf(!hasManyLoopbacks)('the end of a pod', () => {
  test('while it is ending, it still calls', async () => {
    const ui = await start();
    const pod = world.api.get('pods', ui.name);
    if (pod === undefined) throw new Error('no pod');
    const metadata = {
      ...pod.metadata,
      deletionTimestamp: '2026-01-01T00:01:00Z',
      deletionGracePeriodSeconds: 30,
    };
    world.api.put('pods', { ...pod, metadata });
    await until(
      'no request is sent to it',
      async () => (await world.get('/', {}, router.url)).status === 503,
    );
    expect((await callFrom(uiAddress, router.internal, 'api')).body).toBe('api of v1');
  });

  test.each([
    ['its processes have ended', { phase: 'Failed' }],
    [
      'its container has ended',
      { containerStatuses: [{ name: 'ui', state: { terminated: { exitCode: 0 } } }] },
    ],
  ])(
    'once %s, whoever has its address now is unknown',
    async (_, status) => {
      const ui = await start();
      expect((await callFrom(uiAddress, router.internal, 'api')).status).toBe(200);
      ui.tell(status);
      await until(
        'nobody has its address',
        async () => (await callFrom(uiAddress, router.internal, 'api')).status === 403,
      );
    },
    30_000,
  );

  test('its address goes to the pod that got it, though the old one is still told of', async () => {
    const ui = await start();
    const late = { address: uiAddress, startTime: '2026-01-01T00:05:00Z' };
    const db = await runAddressedPod(world, manifest('v1'), 'db', late);
    db.tell();
    await until(
      'the address is that of db',
      async () => (await callFrom(uiAddress, router.internal, 'api')).status === 403,
    );
    // Neither a word about the old one nor the end of the new one gives it back.
    ui.tell({ message: 'still here' });
    world.api.delete('pods', db.name);
    await until('the new one is gone', () => world.api.get('pods', db.name) === undefined);
    const answer = await callFrom(uiAddress, router.internal, 'api');
    expect(JSON.parse(answer.body)).toMatchObject({ type: 'urn:fox:problem:unknown-caller' });
  });

  test('a connection stays that of the pod which opened it', async () => {
    const ui = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    world.onEnd(async () => agent.destroy());
    expect((await callFrom(uiAddress, router.internal, 'api', { agent })).status).toBe(200);
    world.api.delete('pods', ui.name);
    (
      await runAddressedPod(world, manifest('v1'), 'db', {
        address: uiAddress,
        startTime: '2026-01-01T00:05:00Z',
      })
    ).tell();
    await until(
      'new connections are those of db',
      async () => (await callFrom(uiAddress, router.internal, 'api')).status === 403,
    );
    expect((await callFrom(uiAddress, router.internal, 'api', { agent })).body).toBe('api of v1');
  });
});

describe('its health', () => {
  test('it is ready once it has read the cluster, and until it is told to end', async () => {
    world.api.refuse = () => 503;
    router = await startRouterPod(world, { drain: 300 });
    expect(await probe('/healthz')).toBe('200 ok');
    expect(await probe('/readyz')).toBe('503 the cluster has not been read yet');
    expect(await probe('/')).toBe('404 not found');
    world.api.refuse = () => undefined;
    await router.ready;
    expect(await probe('/readyz')).toBe('200 ok');
    const stopped = router.stop();
    expect(await probe('/readyz')).toBe('503 it is ending');
    expect(await probe('/healthz')).toBe('200 ok');
    await stopped;
  });

  test('no path of an app is taken: the edge leaves probes to the components', async () => {
    world.putEnvironment('dev', {}, true);
    const only = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
    world.putVersion(only, ['dev']);
    world.putReleases({ 'dev.shop': 'v1' });
    (await runAddressedPod(world, only, 'ui', { address: '127.0.0.1' })).tell();
    router = await startRouterPod(world);
    await router.ready;
    expect((await world.get('/readyz', {}, router.url)).body).toBe('ui of v1');
  });

  test('requests that come in while it is drained are answered, and sent elsewhere with the next one', async () => {
    world.putEnvironment('dev', {}, true);
    const only = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
    world.putVersion(only, ['dev']);
    world.putReleases({ 'dev.shop': 'v1' });
    (await runAddressedPod(world, only, 'ui', { address: '127.0.0.1' })).tell();
    router = await startRouterPod(world, { drain: 500 });
    await router.ready;
    await until('the Lease is written', () => world.acknowledged() === 1);
    const stopped = router.stop();
    const late = await world.get('/', {}, router.url);
    expect(late.body).toBe('ui of v1');
    expect(late.headers['connection']).toBe('close');
    // A release made now still waits for it: it still serves.
    expect(world.isGivenUp()).toBe(false);
    await stopped;
    expect(world.isGivenUp()).toBe(true);
    await expect(world.get('/', {}, router.url)).rejects.toThrow('ECONNREFUSED');
  });
});

test('its Lease belongs to its pod, and tells its version and how current it is', async () => {
  router = await startRouterPod(world, { id: 'fox-router-abc' });
  await router.ready;
  const lease = await until('the Lease is written', () =>
    world.api.get('leases', objectName.routerLease('fox-router-abc')),
  );
  expect(lease.metadata).toMatchObject({
    annotations: {
      [annotation.foxVersion]: '1.2.3',
      [annotation.currentAt]: expect.stringMatching(/^\d{4}-.*Z$/),
    },
    ownerReferences: [
      { apiVersion: 'v1', kind: 'Pod', name: 'fox-router-abc', uid: 'uid-of-fox-router-abc' },
    ],
  });
  expect(lease.metadata.annotations).not.toHaveProperty(annotation.url);
});

describe('a watch that is deaf', () => {
  test('makes the router unready, and is begun anew', async () => {
    world.putEnvironment('dev', {}, true);
    world.putReleases({});
    router = await startRouterPod(world, { patience: { lagging: 200 } });
    await router.ready;
    await until('it watches', () => world.api.watches === 2);
    world.api.deafen();
    const epoch = world.putReleases({});
    const unready = async () => (await world.get('/readyz', {}, router.health)).status === 503;
    await until('it is unready', unready);
    expect(world.log.join('\n')).toContain('watch-deaf');
    await until('it serves what it missed', () => world.acknowledged() === epoch);
    await until('it is ready again', async () => !(await unready()));
  });

  test('is not what an API is that does not answer: the router goes on as it is', async () => {
    router = await startRouterPod(world, { patience: { lagging: 100 } });
    await router.ready;
    await until('the Lease is written', () => world.api.list('leases').length > 0);
    world.api.refuse = () => 503;
    await until('it has asked in vain', () => world.log.some((line) => line.includes('freshness-unknown')));
    expect((await world.get('/readyz', {}, router.health)).status).toBe(200);
  });
});
