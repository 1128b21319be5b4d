// What a router tells of who passes the context on: counts of all calls, and what it saw of marked requests.
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { annotation, objectName } from '../../src/core/labels.ts';
import type { ProbeReport } from '../../src/core/routing/router-report.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { echo, type RunningPod, until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

const probe = '0123456789abcdef0123456789abcdef';

function said(name: string): unknown {
  const text = world.api.get('leases', objectName.routerLease('test'))?.metadata.annotations?.[name] ?? '';
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** What was seen of the probe, once so many of its requests were answered. */
async function report(answered = 1): Promise<ProbeReport> {
  return until('the probe is told', () =>
    (said(annotation.probes) as ProbeReport[] | undefined)?.find(
      (each) => each.probe === probe && each.answered === answered,
    ),
  );
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}

/** ui, which passes the context on, calls api, which doesn't, calls db. `during`: what api waits for before it calls. */
async function threeComponents(
  during: (request: IncomingMessage) => Promise<unknown> = async () => undefined,
) {
  world.putEnvironment('dev', {}, true);
  const manifest = manifestOf('v1', {
    ui: { calls: ['api'], forwards: true, rules: ['PathPrefix(`/`)'] },
    api: { calls: ['db'] },
    db: {},
  });
  const pods = new Map<string, RunningPod>();
  const call = async (name: string, callee: string, headers: Record<string, string>) =>
    world.get('/', headers, `http://127.0.0.1:${pods.get(name)?.callPorts[callee]}`);
  const ui: RequestListener = (request, response) => {
    const { baggage = '' } = request.headers;
    void call('ui', 'api', { baggage: String(baggage) }).then(({ body }) => response.end(body));
  };
  const api: RequestListener = (request, response) => {
    void during(request)
      .then(async () => call('api', 'db', {}))
      .then(({ body }) => response.end(body));
  };
  for (const [name, listener] of Object.entries({ ui, api, db: echo('db') }))
    pods.set(name, await world.runPod(manifest, 'dev', name, listener));
  world.putVersion(manifest, ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
  await world.startRouter();
  for (const { callPorts } of pods.values())
    for (const port of Object.values(callPorts)) await until('its port is open', async () => isOpen(port));
  return pods;
}

test('a marked request shows who keeps the context and who loses it', async () => {
  await threeComponents();
  const answer = await world.get('/', { 'kf-dep': 'v1', 'kf-probe': probe });
  expect(answer.status).toBe(200);
  const { sightings } = await report();
  expect(sightings).toEqual([
    { app: 'shop', component: 'ui', calls: [{ callee: 'api', carried: 1, without: 0 }], isShared: false },
    { app: 'shop', component: 'api', calls: [{ callee: 'db', carried: 0, without: 1 }], isShared: false },
  ]);
  await world.get('/', { 'kf-dep': 'v1', 'kf-probe': probe });
  expect((await report(2)).sightings[0]?.calls).toEqual([{ callee: 'api', carried: 2, without: 0 }]);
});

test('a component makes its next marked call by another connection, which may lead to another router', async () => {
  const pods = await threeComponents();
  const base = `http://127.0.0.1:${pods.get('ui')?.callPorts['api']}`;
  const baggage = 'kf-dep=shop-v1,kf-ve=dev';
  const plain = await world.get('/', { baggage }, base);
  const marked = await world.get('/', { baggage: `${baggage},kf-probe=${probe}` }, base);
  expect([plain.status, marked.status]).toEqual([200, 200]);
  expect(plain.headers['connection']).not.toBe('close');
  expect(marked.headers['connection']).toBe('close');
});

test('a trace and its id are continued on every hop', async () => {
  const pods = await threeComponents();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await world.get('/', { traceparent, tracestate: 'a=1', 'x-request-id': 'one' });
  const [ofUi] = pods.get('ui')?.seen ?? [];
  expect(ofUi?.headers).toMatchObject({ traceparent, tracestate: 'a=1', 'x-request-id': 'one' });
  const base = `http://127.0.0.1:${pods.get('ui')?.callPorts['api']}`;
  await world.get('/', { traceparent, tracestate: 'a=1', 'x-request-id': 'one' }, base);
  expect(pods.get('api')?.seen.at(-1)?.headers).toMatchObject({
    traceparent,
    tracestate: 'a=1',
    'x-request-id': 'one',
  });
});

test('what else is under way in the same component is told: its calls may be that one’s', async () => {
  const gate = new EventEmitter();
  const pods = await threeComponents(async () => once(gate, 'open'));
  const other = world.get('/', { 'kf-dep': 'v1' });
  const marked = world.get('/', { 'kf-dep': 'v1', 'kf-probe': probe });
  await until('api works on both', () => pods.get('api')?.seen.length === 2);
  gate.emit('open');
  await Promise.all([other, marked]);
  expect((await report()).sightings.find(({ component }) => component === 'api')).toEqual({
    app: 'shop',
    component: 'api',
    calls: [{ callee: 'db', carried: 0, without: 2 }],
    isShared: true,
  });
});

test('only whoever asks for a version by name marks a request; the mark is no header of it', async () => {
  const pods = await threeComponents();
  await world.get('/', { 'kf-probe': probe, baggage: `kf-probe=${probe},user=1` });
  await world.get('/', { 'kf-dep': 'v1', 'kf-probe': 'anything' });
  const ofUi = () => pods.get('ui')?.seen.map(({ headers }) => headers) ?? [];
  expect(ofUi().map(({ baggage }) => baggage)).toEqual([
    'kf-dep=shop-v1,kf-ve=dev,user=1',
    'kf-dep=shop-v1,kf-ve=dev',
  ]);
  await world.get('/', { 'kf-dep': 'v1', 'kf-probe': probe });
  expect(ofUi().at(-1)?.['baggage']).toBe(`kf-dep=shop-v1,kf-ve=dev,kf-probe=${probe}`);
  for (const headers of ofUi()) expect(headers).not.toHaveProperty('kf-probe');
  expect(said(annotation.probes) ?? (await report(), said(annotation.probes))).toHaveLength(1);
});

test('all calls are counted by the component that makes them, and by how they got their context', async () => {
  const pods = await threeComponents();
  await world.get('/', {});
  await world.get('/', {});
  const refused = await world.get(
    '/',
    { baggage: 'kf-dep=shop-v9,kf-ve=dev' },
    `http://127.0.0.1:${pods.get('ui')?.callPorts['api']}`,
  );
  expect(refused.status).toBe(421);
  // It is told with the next word of the router; another epoch makes that come at once.
  world.putReleases({ 'dev.shop': 'v1' });
  const told = await until('the counts are told', () => said(annotation.hops) as unknown[] | undefined);
  expect(told).toEqual([
    { app: 'shop', caller: 'ui', carried: 3, without: 0, refused: 0 },
    { app: 'shop', caller: 'api', carried: 0, without: 2, refused: 0 },
  ]);
});

/** ui says that it forwards the context, and is shared by whatever `source` api has. */
const sharedUi = (source: string) => ({
  ui: { calls: ['api'], forwards: true, rules: ['PathPrefix(`/`)'] },
  api: { source },
});

test('calls that belong nowhere because their context was lost are counted as refused', async () => {
  world.putEnvironment('dev', {}, true);
  const [v1, v2] = [manifestOf('v1', sharedUi('1')), manifestOf('v2', sharedUi('2'))];
  const pods = await world.runVersion(v1, 'dev');
  await world.runVersion(v2, 'dev');
  for (const manifest of [v1, v2]) world.putVersion(manifest, ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
  await world.startRouter();
  const base = `http://127.0.0.1:${pods.get('ui')?.callPorts['api']}`;
  const answer = await until('its port is open', async () => world.get('/', {}, base).catch(() => undefined));
  expect(answer.status).toBe(421);
  world.putReleases({ 'dev.shop': 'v1' });
  const told = await until('the counts are told', () => said(annotation.hops) as unknown[] | undefined);
  expect(told).toEqual([{ app: 'shop', caller: 'ui', carried: 0, without: 0, refused: 1 }]);
});

test('a router tells no more than a Lease can hold, whoever asks for what', async () => {
  await threeComponents();
  const ids = Array.from({ length: 60 }, (_, index) => index.toString(16).padStart(32, '0'));
  for (const id of ids) await world.get('/', { 'kf-dep': 'v1', 'kf-probe': id });
  const told = await until('the last one is told', () => {
    const all = said(annotation.probes) as ProbeReport[] | undefined;
    return all?.some((each) => each.probe === ids.at(-1)) === true ? all : undefined;
  });
  expect(told.length).toBeLessThanOrEqual(20);
});
