// A router follows the cluster through releases, outages, expired watches and damaged objects.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { kind, label, managedBy, objectName } from '../../src/core/labels.ts';
import { until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

const versions = ['v1', 'v2'].map((version) =>
  manifestOf(version, { ui: { source: version, rules: ['PathPrefix(`/`)'] } }),
);

/** v1 and v2 run in dev, v1 is released. */
async function start(): Promise<void> {
  world.putEnvironment('dev', {}, true);
  for (const manifest of versions) {
    await world.runVersion(manifest, 'dev');
    world.putVersion(manifest, ['dev']);
  }
  world.putReleases({ 'dev.shop': 'v1' });
  await world.startRouter();
  await until('the Lease is written', () => world.acknowledged() === 1);
}

async function answerBecomes(body: string, path = '/'): Promise<void> {
  await until(`${path} answers ${body}`, async () => (await world.get(path)).body === body);
}

describe('a release', () => {
  test('under load loses no request, and what is acknowledged is what every later request sees', async () => {
    await start();
    let newest = 1;
    const stop = new AbortController();
    const failures: string[] = [];
    // Epoch 1 released v1, and each later one the other version.
    const load = Array.from({ length: 8 }, async () => {
      while (!stop.signal.aborted) {
        const acknowledged = world.acknowledged();
        const { status, body } = await world.get('/');
        if (status !== 200) failures.push(body);
        else if (acknowledged === newest && body !== (newest % 2 === 1 ? 'ui of v1' : 'ui of v2'))
          failures.push(`${newest}: ${body}`);
      }
    });
    for (let flip = 1; flip <= 20; flip++) {
      newest += 1;
      const epoch = world.putReleases({ 'dev.shop': newest % 2 === 1 ? 'v1' : 'v2' });
      await until(`epoch ${epoch} is acknowledged`, () => world.acknowledged() === epoch);
      expect((await world.get('/')).body).toBe(newest % 2 === 1 ? 'ui of v1' : 'ui of v2');
    }
    stop.abort();
    await Promise.all(load);
    expect(failures).toEqual([]);
  });

  test('the Lease tells where the router is, and is renewed', async () => {
    await start();
    const lease = world.api.get('leases', objectName.routerLease('test'));
    expect(lease).toMatchObject({
      metadata: {
        labels: { [label.managedBy]: managedBy, [label.kind]: kind.router },
        annotations: { 'kubefox.io/url': world.router?.url, 'kubefox.io/epoch': '1' },
      },
      spec: {
        leaseDurationSeconds: 15,
        renewTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      },
    });
    await until(
      'it is renewed',
      () =>
        world.api.get('leases', objectName.routerLease('test'))?.metadata.resourceVersion !==
        lease?.metadata.resourceVersion,
    );
  });

  test('nothing is acknowledged before everything has been read', async () => {
    world.putEnvironment('dev', {}, true);
    world.putReleases({ 'dev.shop': 'v1' });
    world.api.refuse = ({ url }) => (url?.includes('/pods') === true ? 500 : undefined);
    const router = await world.startUnreadyRouter();
    await until('ConfigMaps are watched', () => world.api.watches === 1);
    const answer = await world.get('/');
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(answer.body).toContain('urn:fox:problem:starting');
    expect(world.acknowledged()).toBeUndefined();
    world.api.refuse = () => undefined;
    await router.ready;
    await until('the Lease is written', () => world.acknowledged() === 1);
  });

  test('the Lease is given up at the end', async () => {
    await start();
    await world.router?.stop();
    expect(world.isGivenUp()).toBe(true);
  });

  test('a Lease that cannot be written is tried again', async () => {
    await start();
    world.api.refuse = ({ method }) => (method === 'PATCH' ? 500 : undefined);
    const epoch = world.putReleases({ 'dev.shop': 'v2' });
    await answerBecomes('ui of v2');
    await until('it is logged', () => world.log.some((line) => line.includes('lease-failed')));
    expect(world.acknowledged()).toBe(1);
    world.api.refuse = () => undefined;
    await until('it is acknowledged', () => world.acknowledged() === epoch);
  });
});

describe('an outage of the API', () => {
  test('what was known is served; what happened meanwhile is learned afterwards', async () => {
    await start();
    await world.api.stop();
    expect((await world.get('/')).body).toBe('ui of v1');
    world.putReleases({ 'dev.shop': 'v2' });
    world.api.delete('configmaps', objectName.version('shop', 'v1'));
    expect((await world.get('/?kf-dep=v1')).body).toBe('ui of v1');
    await world.api.start();
    await answerBecomes('ui of v2');
    await until('v1 is unknown', async () => (await world.get('/?kf-dep=v1')).status === 404);
    expect(world.log.filter((line) => line.includes('watch-failed')).length).toBeGreaterThan(0);
  });

  test('a watch whose past is forgotten lists anew, and sees deletions, too', async () => {
    await start();
    await world.api.stop();
    world.putReleases({ 'dev.shop': 'v2' });
    world.api.delete('configmaps', objectName.version('shop', 'v1'));
    world.api.compact();
    await world.api.start();
    await answerBecomes('ui of v2');
    await until('v1 is unknown', async () => (await world.get('/?kf-dep=v1')).status === 404);
    await until('the new epoch is acknowledged', () => world.acknowledged() === 2);
    expect((await world.get('/')).headers['fox-version']).toBe('v2');
  });

  test('watches that the server ends, and broken lines, lose nothing', async () => {
    await start();
    world.api.endWatches();
    world.putReleases({ 'dev.shop': 'v2' });
    await answerBecomes('ui of v2');
    world.api.writeToWatches('{"type":"MOD\n');
    world.putReleases({ 'dev.shop': 'v1' });
    await answerBecomes('ui of v1');
    expect(world.log.join('\n')).toContain('watch-failed');
  });

  test('an API that refuses at first is asked again', async () => {
    world.api.refuse = () => 503;
    world.putEnvironment('dev', {}, true);
    const router = await world.startUnreadyRouter();
    await until('it was asked', () => world.api.requests.length > 2);
    expect((await world.get('/')).status).toBe(503);
    world.api.refuse = () => undefined;
    await router.ready;
    expect((await world.get('/')).status).toBe(404);
  });
});

describe('objects', () => {
  test('long lists come in pages, and releases count only when all versions are known', async () => {
    world.api.pageSize = 2;
    world.putEnvironment('dev', {}, true);
    for (let index = 0; index < 9; index++) {
      const manifest = manifestOf(`w${index}`, { ui: { source: 'same', rules: ['PathPrefix(`/`)'] } });
      world.putVersion(manifest, ['dev']);
      if (index === 0) await world.runVersion(manifest, 'dev');
    }
    world.putReleases({ 'dev.shop': 'w8' });
    await world.startRouter();
    expect((await world.get('/')).headers['fox-version']).toBe('w8');
    expect(
      world.api.requests.filter((request) => request === 'GET /api/v1/namespaces/default/configmaps'),
    ).toHaveLength(6);
  });

  test('a damaged version answers for itself, and is well again when its object is', async () => {
    await start();
    const name = objectName.version('shop', 'v1');
    const good = world.api.get('configmaps', name);
    if (good === undefined) throw new Error('no version');
    world.api.put('configmaps', { ...good, binaryData: { manifest: 'bm90IGd6aXA=' } });
    await until('v1 is damaged', async () => (await world.get('/')).status === 503);
    expect((await world.get('/?kf-dep=v1')).body).toContain('urn:fox:problem:damaged-version');
    expect((await world.get('/?kf-dep=v2')).body).toBe('ui of v2');
    expect(world.log.join('\n')).toContain('object-damaged');
    world.api.put('configmaps', good);
    await answerBecomes('ui of v1');
  });

  test('a damaged release record keeps what was released and is not acknowledged', async () => {
    await start();
    world.putReleases({ 'dev.shop': 'v2', 'team.shop': 'v2' }, { 'dev.shop': '{' });
    world.putEnvironment('team');
    await until('the other record counts', async () => (await world.get('/?kf-ve=team')).body === 'ui of v2');
    expect((await world.get('/')).body).toBe('ui of v1');
    expect(world.acknowledged()).toBe(1);
  });

  test('a version that comes, changes and goes', async () => {
    await start();
    const v3 = manifestOf('v3', { ui: { source: 'v3', rules: ['PathPrefix(`/`)'] } });
    await world.runVersion(v3, 'dev');
    world.putVersion(v3, ['dev']);
    await answerBecomes('ui of v3', '/?kf-dep=v3');
    world.putVersion(manifestOf('v3', { ui: { source: 'v3', rules: ['Path(`/only`)'] } }), ['dev']);
    await until('its routes have changed', async () => (await world.get('/?kf-dep=v3')).status === 404);
    expect((await world.get('/only?kf-dep=v3')).body).toBe('ui of v3');
    world.api.delete('configmaps', objectName.version('shop', 'v3'));
    await until('it is gone', async () =>
      (await world.get('/only?kf-dep=v3')).body.includes('unknown-version'),
    );
  });

  test('variables decide which pods an environment has', async () => {
    const manifest = manifestOf('v1', {
      ui: { rules: ['PathPrefix(`/`)'], env: { COLOR: { type: 'string', required: false, default: 'red' } } },
    });
    world.putEnvironment('dev', {}, true);
    world.putEnvironment('team', { COLOR: 'blue' });
    await world.runPod(manifest, 'dev', 'ui', (_, response) => response.end('red'));
    await world.runPod(manifest, 'team', 'ui', (_, response) => response.end('blue'), true, {
      vars: { COLOR: 'blue' },
    });
    world.putVersion(manifest, ['dev', 'team']);
    await world.startRouter();
    expect((await world.get('/?kf-dep=v1')).body).toBe('red');
    expect((await world.get('/?kf-dep=v1&kf-ve=team')).body).toBe('blue');
    world.putEnvironment('team', { COLOR: 'red' });
    await answerBecomes('red', '/?kf-dep=v1&kf-ve=team');
  });
});
