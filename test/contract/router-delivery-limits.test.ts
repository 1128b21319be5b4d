// Limits of delivery: deadlines from hop to hop, and bodies that are too large.
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Route } from '../../src/core/version/app.ts';
import type { VersionManifest } from '../../src/core/version/manifest.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { type Answer, echo, type RunningPod, until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
  world.putEnvironment('dev', {}, true);
});
afterEach(async () => world.end());

const patience = { comingUp: 5_000, unseen: 100, deadline: 10_000 };

/** A version of ui, which calls api, with these terms of its route. */
function manifestWith(route: Partial<Route>): VersionManifest {
  const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'], calls: ['api'] }, api: {} });
  const { ui, api } = manifest.components;
  if (ui === undefined || api === undefined) throw new Error('no components');
  const routes = ui.routes.map((each) => ({ ...each, ...route }));
  return {
    ...manifest,
    components: { api, ui: { ...ui, routes } },
  };
}

async function release(manifest: VersionManifest): Promise<void> {
  world.putVersion(manifest, ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
  await world.startRouter(patience);
}

function problemOf({ body }: Answer): unknown {
  return (JSON.parse(body) as { type: string }).type.replace('urn:fox:problem:', '');
}

describe('the deadline', () => {
  test('of a route ends a request that is not answered by then, and the component hears of both', async () => {
    const manifest = manifestWith({ timeout: 300 });
    let isLeft = false;
    const pod = await world.runPod(manifest, 'dev', 'ui', (_, response) =>
      response.on('close', () => (isLeft = true)),
    );
    await release(manifest);
    const answer = await world.get('/');
    expect([answer.status, problemOf(answer)]).toEqual([504, 'deadline-exceeded']);
    await until('the component sees that nobody waits', () => isLeft);
    expect(pod.seen).toHaveLength(1);
    const told = Number(pod.seen[0]?.headers['x-fox-timeout']);
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThanOrEqual(300);
  });

  test('is for the beginning of the answer: its end may take longer', async () => {
    const manifest = manifestWith({ timeout: 200 });
    let answer: ServerResponse | undefined;
    await world.runPod(manifest, 'dev', 'ui', ({ url }, response) => {
      if (url === '/hangs') return;
      response.write('begun');
      answer = response;
    });
    await release(manifest);
    const outgoing = httpRequest(world.router?.url ?? '').end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    // A request that began later has been given up.
    expect((await world.get('/hangs')).status).toBe(504);
    answer?.end(' and ended');
    let body = '';
    for await (const chunk of response) body += String(chunk);
    expect(body).toBe('begun and ended');
  });

  test('is carried by the baggage where a route says it, and nowhere else', async () => {
    const manifest = manifestWith({ timeout: 60_000 });
    await world.runPod(manifest, 'dev', 'ui', echo('ui'));
    await release(manifest);
    const before = Date.now();
    const baggage = headersOf(await world.get('/'))['baggage'] ?? '';
    const deadline = Number(/kf-deadline=(\d+)/.exec(baggage)?.[1]);
    expect(deadline).toBeGreaterThanOrEqual(before + 60_000);
    expect(deadline).toBeLessThanOrEqual(Date.now() + 60_000);
    world.putVersion({ ...manifestWith({}), version: 'v2' }, ['dev']);
    const plain = await until('v2 is known', async () => {
      const answer = await world.get('/?kf-dep=v2');
      return answer.status === 200 && answer;
    });
    expect(headersOf(plain)['baggage']).not.toContain('kf-deadline');
  });

  test('holds for the next hop: what is left of it, nothing once it is over, and the usual time if it is none', async () => {
    const manifest = manifestWith({});
    const ui = await world.runPod(manifest, 'dev', 'ui', echo('ui'));
    const api = await world.runPod(manifest, 'dev', 'api', echo('api'));
    await release(manifest);
    const call = async (deadline: string) =>
      world.get(
        '/',
        { baggage: `kf-dep=shop-v1,kf-ve=dev,kf-deadline=${deadline}` },
        `http://127.0.0.1:${ui.callPorts['api']}`,
      );
    await until('the caller is known', async () => (await call('')).status !== 421);
    api.seen.length = 0;
    const over = await call(String(Date.now() - 1));
    expect([over.status, problemOf(over)]).toEqual([504, 'deadline-exceeded']);
    expect(api.seen).toHaveLength(0);
    const left = Number(headersOf(await call(String(Date.now() + 3_000)))['x-fox-timeout']);
    expect(left).toBeLessThanOrEqual(3_000);
    const longer = Number(headersOf(await call(String(Date.now() + 300_000)))['x-fox-timeout']);
    expect(longer).toBeGreaterThan(60_000);
    for (const none of ['soon', '1e999', String(Number.MAX_SAFE_INTEGER)]) {
      const usual = Number(headersOf(await call(none))['x-fox-timeout']);
      expect(usual).toBeGreaterThan(3_000);
      expect(usual).toBeLessThanOrEqual(patience.deadline);
    }
  });

  test('can not be set from outside', async () => {
    const manifest = manifestWith({});
    await world.runPod(manifest, 'dev', 'ui', echo('ui'));
    await release(manifest);
    const answer = await world.get('/', { baggage: 'kf-deadline=1', 'x-fox-timeout': '1' });
    expect(answer.status).toBe(200);
    expect(headersOf(answer)['baggage']).not.toContain('kf-deadline');
    expect(Number(headersOf(answer)['x-fox-timeout'])).toBeGreaterThan(1);
  });
});

/** The headers that a component got, from the answer of {@link echo}. */
function headersOf({ body }: Answer): Record<string, string> {
  return (JSON.parse(body) as { headers: Record<string, string> }).headers;
}

describe('a body', () => {
  const limit = 1_000;
  let pod: RunningPod;
  let complete: string[];
  beforeEach(async () => {
    const manifest = manifestWith({ maxBody: limit });
    complete = [];
    pod = await world.runPod(manifest, 'dev', 'ui', (incoming, response) => {
      incoming.on('error', () => undefined);
      incoming.resume().on('end', () => {
        complete.push(incoming.url ?? '');
        response.end('taken');
      });
    });
    await release(manifest);
  });

  test('of as much as it may have is taken', async () => {
    expect(await world.send('POST', '/', { body: 'x'.repeat(limit) })).toMatchObject({ status: 200 });
  });

  test('that says that it has more is refused before a pod hears of it, to a client that goes on sending, too', async () => {
    const { received } = await converse((socket) => {
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 50000000\r\n\r\n');
      const chunk = Buffer.alloc(1_000_000);
      for (let index = 0; index < 20; index++) socket.write(chunk);
    });
    expect(received()).toMatch(/^HTTP\/1\.1 413 /);
    expect(received()).toContain('urn:fox:problem:body-too-large');
    expect(received()).toContain('connection: close');
    expect(pod.seen).toHaveLength(0);
  });

  test('that has more without saying so is refused, and its pod never takes it for a whole one', async () => {
    const { received } = await converse((socket) => {
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
      for (let index = 0; index < 30; index++) socket.write(`64\r\n${'x'.repeat(100)}\r\n`);
      socket.write('0\r\n\r\n');
    });
    expect(received()).toMatch(/^HTTP\/1\.1 413 /);
    await until('the pod is told', () => pod.seen.every(({ destroyed }) => destroyed));
    expect(complete).toEqual([]);
    expect((await world.send('POST', '/next', { body: 'x' })).status).toBe(200);
    expect(complete).toEqual(['/next']);
  });

  test('that is asked about first is refused without being called for', async () => {
    const { received } = await converse((socket) =>
      socket.write('POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5000\r\n\r\n'),
    );
    expect(received()).toMatch(/^HTTP\/1\.1 413 /);
    expect(received()).not.toContain('100 Continue');
    expect(pod.seen).toHaveLength(0);
  });

  test('that is asked for and then has too much is read until the client has read why it is refused', async () => {
    let wasCalledFor = false;
    const { received } = await converse((socket) => {
      socket.write(
        'POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n',
      );
      socket.once('data', (told: Buffer) => {
        wasCalledFor = told.toString().startsWith('HTTP/1.1 100 ');
        const chunk = `f4240\r\n${'x'.repeat(1_000_000)}\r\n`;
        for (let index = 0; index < 20; index++) socket.write(chunk);
        socket.write('0\r\n\r\n');
      });
    });
    expect(wasCalledFor).toBe(true);
    expect(received()).toContain('HTTP/1.1 413 ');
    expect(received()).toContain('urn:fox:problem:body-too-large');
  });
});

/** Sends something, and waits until the router closes the connection. */
async function converse(send: (socket: Socket) => void): Promise<{ received: () => string }> {
  const socket = connect(Number(new URL(world.router?.url ?? '').port), '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  send(socket);
  await closed;
  return { received: () => received };
}
