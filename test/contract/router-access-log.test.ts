// The access log as a router writes it: who asked, what answered, and how it ended.
import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { echo, type RunningPod, until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

const answer = 'x'.repeat(1_000);

/** `ui` calls `api`; released. */
async function shop(): Promise<Map<string, RunningPod>> {
  const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'], calls: ['api'] }, api: {} });
  world.putEnvironment('dev', {}, true);
  const pods = await world.runVersion(manifest, 'dev', {
    ui: (incoming, response) => {
      if (incoming.url === '/silent') return;
      if (incoming.url === '/broken') response.write('half', () => response.destroy());
      else incoming.resume().on('end', () => response.end(answer));
    },
    api: echo('api'),
  });
  world.putVersion(manifest, ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
  return pods;
}

test('a request from outside: what answered, how much, and for whom', async () => {
  await shop();
  world.putSettings({ trustedProxies: ['127.0.0.1'] });
  await world.startRouter();
  const headers = {
    'x-request-id': 'one',
    'x-forwarded-for': '203.0.113.9',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  await world.send('POST', '/path?kf-dep=v1&token=hidden', { headers, body: 'four' });
  const line = await world.logged('one');
  expect(line).toMatchObject({
    level: 'info',
    event: 'request',
    side: 'edge',
    method: 'POST',
    path: '/path',
    status: 200,
    app: 'shop',
    version: 'v1',
    environment: 'dev',
    component: 'ui',
    workload: expect.stringMatching(/^shop-ui-[0-9a-f]{8}$/) as string,
    pod: 'ui-1',
    route: 'PathPrefix(`/`)',
    attempts: 1,
    bytesIn: 4,
    bytesOut: answer.length,
    client: '203.0.113.9',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    end: 'complete',
  });
  expect(Number(line['ms'])).toBeGreaterThanOrEqual(Number(line['headMs']));
  expect(world.accessLog).not.toMatch(/hidden|kf-dep/);
});

test('a call between components: who called, and how it got its context', async () => {
  const pods = await shop();
  await world.startRouter();
  const base = `http://127.0.0.1:${pods.get('ui')?.callPorts['api'] ?? 0}`;
  await world.get('/', { 'x-request-id': 'two' }, base);
  expect(await world.logged('two')).toMatchObject({
    side: 'internal',
    app: 'shop',
    version: 'v1',
    component: 'api',
    caller: expect.stringMatching(/^shop-ui-[0-9a-f]{8}$/) as string,
    context: 'stamped',
    status: 200,
  });
});

test('what the router answers itself: the problem, and what it keeps from the client', async () => {
  await shop();
  world.putDefinition({ name: 'team-a', access: 'internal', vars: {} });
  await world.startRouter();
  const refused = await world.get('/?kf-ve=team-a', { 'x-request-id': 'three' });
  expect(refused.body).not.toContain('team-a');
  expect(await world.logged('three')).toMatchObject({
    status: 403,
    problem: 'access-refused',
    reason: 'team-a: its access is internal',
    attempts: 0,
    bytesOut: Buffer.byteLength(refused.body),
  });
  await world.send('HEAD', '/?kf-ve=team-a', { headers: { 'x-request-id': 'without-body' } });
  expect(await world.logged('without-body')).toMatchObject({ status: 403, bytesOut: 0 });
});

test('how it ended: because the component broke off, or because the client went away', async () => {
  const pods = await shop();
  await world.startRouter();
  await world.get('/broken', { 'x-request-id': 'four' }).catch(() => undefined);
  expect(await world.logged('four')).toMatchObject({ status: 200, end: 'broken' });
  const leaving = request(`${world.router?.url ?? ''}/silent`, { headers: { 'x-request-id': 'five' } });
  leaving.on('error', () => undefined).end();
  await until('it is under way', () => pods.get('ui')?.seen.some(({ url }) => url === '/silent'));
  leaving.destroy();
  const gone = await world.logged('five');
  expect(gone).toMatchObject({ end: 'client-gone', pod: 'ui-1' });
  expect(gone).not.toHaveProperty('status');
});

test('is switched off and on by the settings, at once', async () => {
  await shop();
  world.putSettings({ accessLog: false });
  await world.startRouter();
  await world.get('/', { 'x-request-id': 'unseen' });
  world.putSettings({ accessLog: true });
  await until('the settings are in force', () => world.log.some((line) => line.includes('"accessLog":true')));
  await world.get('/', { 'x-request-id': 'seen' });
  await world.logged('seen');
  expect(world.accessLog).not.toContain('unseen');
});
