// The keeper ends what has expired, once, whatever happens to it, its cluster or the clock; on an embedded API always, and on that of FOX_TEST_KUBECONFIG.
import type { CoreV1Event, V1Secret } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endExpired } from '../../src/actions/environments/end/end-expired.ts';
import { chooseKubernetes } from '../../src/cluster/connection/choose-cluster.ts';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { ApiError } from '../../src/cluster/api/api-error.ts';
import { type ConnectionOptions, openTransport } from '../../src/cluster/api/transport.ts';
import { checkKeeper, missingKeeper } from '../../src/actions/doctor/keeper.ts';
import { liveKeeper } from '../../src/cluster/keeper/keeper-lease.ts';
import { keeperObjects } from '../../src/cluster/keeper/keeper-objects.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import { KeeperWorld, past, type Weather } from './keeper-world.ts';

const kubeconfig = process.env['FOX_TEST_KUBECONFIG'] ?? '';
if (kubeconfig === '')
  process.stderr.write("FOX_TEST_KUBECONFIG is not set: the keeper's rights are not tried\n");

let world: KeeperWorld;
beforeEach(async () => {
  world = await KeeperWorld.open();
});
afterEach(() => world.end());

const context = { user: 'keeper', emit: () => undefined, signal: new AbortController().signal };

describe('an environment whose time is over', () => {
  test('leaves with all that only it has, and nothing else changes', async () => {
    const before = await world.inventory();
    const story = await world.story();
    await world.fullEnvironment('pr-1', { ttl: '1h', expiresAt: past });
    expect((await world.inventory()).length).toBeGreaterThan(before.length + 5);
    const { said } = world.keep('k1');
    const { fields } = await said('environment-ended');
    expect(fields).toMatchObject({
      environment: 'pr-1',
      releases: ['shop-v2'],
      versions: ['shop-v1', 'shop-v2'],
    });
    expect(fields['workloads']).toHaveLength(2);
    // The version itself stays: it may be deployed elsewhere.
    expect(await world.inventory()).toEqual([...before, 'configmap/shop-version-v2'].toSorted());
    expect(await world.story()).toEqual({ ...story, runsIn: { v1: ['dev'], v2: [] } });
    const events = await eventually(async () => {
      const { items } = await world.cluster.client.list<CoreV1Event>('events');
      const own = items.filter(({ source }) => source?.component === 'fox-keeper');
      return own.length > 0 && own;
    });
    expect(events).toMatchObject([
      { reason: 'Expired', involvedObject: { kind: 'ConfigMap', name: 'fox-env-pr-1' } },
    ]);
  });

  test('goes after those that inherit from it, and not while one of them lives', async () => {
    await world.environment('top', { expiresAt: past });
    await world.environment('leaf', { parent: 'top', expiresAt: past });
    await world.environment('held', { expiresAt: past });
    await world.environment('living', { parent: 'held' });
    const { said, lines } = world.keep('k1');
    await said('environment-ended', 2);
    const ended = lines.filter(({ event }) => event === 'environment-ended');
    expect(ended.map(({ fields }) => fields['environment'])).toEqual(['leaf', 'top']);
    expect(await said('environment-waits')).toMatchObject({
      fields: { environment: 'held', inheritedBy: ['living'] },
    });
    expect(await world.environments()).toEqual(['dev', 'held', 'living']);
    await world.cluster.client.delete('configmaps', 'fox-env-living');
    await world.gone('held');
  });

  test('is ended although it is broken, and says what it leaves behind', async () => {
    await world.fullEnvironment('pr-1', { parent: 'vanished', expiresAt: past });
    const { said } = world.keep('k1');
    const { fields } = await said('workloads-unclear');
    expect(fields['reason']).toContain('`fox prune` removes workloads that nothing wants any more');
    expect(await world.environments()).toEqual(['dev']);
    expect(await world.story()).toMatchObject({ runsIn: { v1: ['dev'], v2: [] } });
  });

  test('is the default one: it stays', async () => {
    await world.say('dev', { expiresAt: past });
    await world.environment('pr-1', { expiresAt: past });
    world.keep('k1');
    await world.gone('pr-1');
    expect(await world.environments()).toEqual(['dev']);
    await expect(endExpired(world.namespace, 'dev', context)).rejects.toMatchObject({ code: 'IN_USE' });
  });

  test('stays if somebody gives it more time before it is its turn', async () => {
    await world.environment('pr-1', { expiresAt: '2999-01-01T00:00:00Z' });
    expect(await endExpired(world.namespace, 'pr-1', context)).toBeUndefined();
    expect(await endExpired(world.namespace, 'nobody', context)).toBeUndefined();
    expect(await world.environments()).toEqual(['dev', 'pr-1']);
  });
});

describe('the clock', () => {
  test('that counts is the cluster’s, also when it is set', async () => {
    await world.environment('soon', { expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    await world.environment('over', { expiresAt: past });
    const { weather } = world.keep('k1');
    await world.gone('over');
    expect(await world.environments()).toContain('soon');
    weather.ahead = 7_200_000;
    await world.gone('soon');
  });

  test('may be behind: nothing ends too early', async () => {
    await world.environment('just-over', { expiresAt: new Date(Date.now() - 60_000).toISOString() });
    await world.environment('long-over', { expiresAt: past });
    const { weather } = world.keep('k1', { ahead: -3_600_000 });
    await world.gone('long-over');
    expect(await world.environments()).toContain('just-over');
    weather.ahead = 0;
    await world.gone('just-over');
  });
});

describe('of two keepers', () => {
  test('one acts; when it is told to end the other takes over', async () => {
    const one = world.keep('k1');
    await one.said('keeping');
    const other = world.keep('k2');
    expect(await other.said('waiting')).toMatchObject({ fields: { holder: 'k1' } });
    expect(await liveKeeper(world.cluster.client)).toEqual({ id: 'k1', foxVersion: '1.2.3' });
    await world.environment('pr-1', { expiresAt: past });
    await world.gone('pr-1');
    await one.said('environment-ended');
    expect(other.lines.map(({ event }) => event)).not.toContain('environment-ended');
    await one.keeper.stop();
    await other.said('keeping');
    expect(await world.leaseHolder()).toBe('k2');
  });

  test('one that dies in the middle is followed by the other, which completes what it began', async () => {
    const before = await world.inventory();
    await world.fullEnvironment('pr-1', { expiresAt: past });
    // It dies as it takes away the first workload.
    const weather: Weather = {
      beforeWrite: ({ method, path }) => {
        if (method !== 'DELETE' || !path.includes('/deployments/')) return undefined;
        weather.dead = true;
        return new Promise(() => undefined);
      },
    };
    world.keep('k1', weather);
    await eventually(() => weather.dead === true);
    expect(await world.environments()).toContain('pr-1');
    // Its Leases are over for whoever looks later.
    world.keep('k2', { ahead: 60_000 });
    await world.gone('pr-1');
    expect(await world.inventory()).toEqual([...before, 'configmap/shop-version-v2'].toSorted());
    delete weather.beforeWrite;
  });
});

test.runIf(kubeconfig === '')(
  'wherever it is interrupted, the next one completes it, and nobody else loses anything',
  { timeout: 120_000 },
  async () => {
    let isDone = false;
    let lives = 0;
    for (; !isDone; lives++) {
      await world.cluster.end();
      world = await KeeperWorld.open();
      const before = await world.inventory();
      const others = before.filter((name) => name.startsWith('deployment/'));
      await world.fullEnvironment('pr-1', { expiresAt: past });
      const last = lives;
      let writes = 0;
      const weather: Weather = {
        beforeWrite: () => {
          if (writes++ < last) return undefined;
          weather.dead = true;
          return new Promise(() => undefined);
        },
      };
      const first = endExpired(world.through(weather), 'pr-1', context);
      isDone = await Promise.race([
        first.then(() => true),
        eventually(() => weather.dead === true).then(() => false),
      ]);
      expect(await world.inventory()).toEqual(expect.arrayContaining(others));
      // What is released elsewhere is served all the while.
      expect(await world.story()).toMatchObject({ released: expect.arrayContaining([['dev', 'v1']]) });
      await endExpired(world.through({ ahead: 60_000 }), 'pr-1', context);
      // The version itself stays.
      expect(await world.inventory()).toEqual([...before, 'configmap/shop-version-v2'].toSorted());
      expect(await world.story()).toEqual({ runsIn: { v1: ['dev'], v2: [] }, released: [['dev', 'v1']] });
    }
    expect(lives).toBeGreaterThan(10);
  },
);

describe('the cluster', () => {
  test('may be away, at the beginning and later', async () => {
    const { weather, said } = world.keep('k1', { away: true });
    await said('interrupted');
    weather.away = false;
    await said('keeping');
    weather.away = true;
    // Its watch goes on delivering for a while.
    await world.environment('pr-1', { expiresAt: past });
    await said('environment-not-ended');
    expect(await world.environments()).toEqual(['dev', 'pr-1']);
    weather.away = false;
    await said('environment-ended');
    expect(await world.environments()).toEqual(['dev']);
  });

  test('may refuse to have something removed: it is told, and tried again', async () => {
    await world.fullEnvironment('pr-1', { expiresAt: past });
    let refusals = 1;
    const { said } = world.keep('k1', {
      beforeWrite: ({ method, path }) => {
        if (method !== 'DELETE' || !path.includes('/deployments/') || refusals-- <= 0) return;
        throw new ApiError(403, 'Forbidden', 'a webhook is in the way');
      },
    });
    const { fields } = await said('environment-not-ended');
    expect(fields).toMatchObject({
      environment: 'pr-1',
      reason: expect.stringContaining('a webhook is in the way'),
    });
    await said('environment-ended');
    expect(await world.environments()).toEqual(['dev']);
  });
});

test('fox tells where nobody ends what has a time to live', async () => {
  expect(await missingKeeper(world.namespace, await world.namespace.observe())).toBeUndefined();
  await world.environment('pr-1', { expiresAt: '2999-01-01T00:00:00Z' });
  const said = await missingKeeper(world.namespace, await world.namespace.observe());
  expect(said).toContain("no keeper is alive, so pr-1 won't end when its time is over");
  await world.keep('k1').said('keeping');
  expect(await missingKeeper(world.namespace, await world.namespace.observe())).toBeUndefined();
});

test('fox doctor tells of a keeper that is missing, dead, or of another fox', async () => {
  const { namespace } = world;
  expect(await checkKeeper(namespace)).toEqual([]);
  await world.environment('pr-1', { expiresAt: '2999-01-01T00:00:00Z' });
  expect(await checkKeeper(namespace)).toMatchObject([
    {
      check: 'keeper',
      status: 'warning',
      detail: "none is installed, so pr-1 won't end when its time is over",
      fix: '`fox install` puts it there.',
    },
  ]);
  const image = { name: 'registry.example.com/fox/router:1', pullSecrets: [] };
  const objects = keeperObjects({ namespace: namespace.client.namespace, foxVersion: '1.2.3', image });
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error('there is a Deployment');
  await namespace.client.apply('deployments', deployment);
  await world.environment('pr-2', { expiresAt: past });
  expect(await checkKeeper(namespace)).toMatchObject([
    {
      status: 'warning',
      detail: "it is not alive, so pr-1 and 1 more won't end when their time is over",
      fix: expect.stringContaining('logs deployment/fox-keeper'),
    },
  ]);
  await world.keep('k1').said('keeping');
  // Tests are of another fox than that keeper says it is.
  expect(await checkKeeper(namespace)).toMatchObject([
    {
      status: 'warning',
      detail: 'it is of fox 1.2.3; this is 0.0.0-test',
      fix: '`fox install` upgrades it.',
    },
  ]);
});

test('fox doctor tells of environments that a keeper should have ended, and not of those that wait for others', async () => {
  const { namespace } = world;
  await namespace.client.create('leases', {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: 'fox-keeper',
      labels: { 'app.kubernetes.io/managed-by': 'fox', 'kubefox.io/kind': 'keeper' },
      annotations: { 'kubefox.io/fox-version': '0.0.0-test' },
    },
    spec: {
      holderIdentity: 'k1',
      leaseDurationSeconds: 3600,
      renewTime: new Date().toISOString().replace('Z', '000Z'),
    },
  });
  await world.environment('parent', { expiresAt: past });
  await world.environment('child', { parent: 'parent', expiresAt: '2999-01-01T00:00:00Z' });
  expect(await checkKeeper(namespace)).toMatchObject([
    { status: 'ok', detail: expect.stringContaining('; parent, whose time is over, waits for child') },
  ]);
  await world.environment('late', { expiresAt: past });
  expect(await checkKeeper(namespace)).toMatchObject([
    {
      status: 'warning',
      detail: 'it is alive, and yet late, whose time is over, is still there',
      fix: expect.stringContaining('logs deployment/fox-keeper'),
    },
  ]);
});

describe.runIf(kubeconfig !== '')('with the rights that fox install gives it', () => {
  test('it does all it has to, and can’t read Secrets', async () => {
    await world.grantRights();
    const { namespace } = world.cluster.client;
    const { connection } = await chooseKubernetes({ env: { KUBECONFIG: kubeconfig } });
    const options = async (): Promise<ConnectionOptions> => {
      const own = await connection.options();
      const user = `system:serviceaccount:${namespace}:fox-keeper`;
      return { ...own, headers: { ...own.headers, 'impersonate-user': user } };
    };
    const transport = openTransport({ ...connection, options });
    try {
      await world.fullEnvironment('pr-1', { expiresAt: past });
      const client = new ApiClient(transport.send, namespace);
      await expect(client.get<V1Secret>('secrets', 'fox-env-pr-1')).rejects.toMatchObject({ status: 403 });
      await expect(client.list<V1Secret>('secrets')).rejects.toMatchObject({ status: 403 });
      const { said, lines } = world.keep('k1', {}, transport.send);
      await said('environment-ended');
      await world.gone('pr-1');
      expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
    } finally {
      transport.close();
    }
  });
});
