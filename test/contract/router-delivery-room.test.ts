// Room: a pod gets no more requests than it may have, further ones wait in their order, and too many are sent away.
import { once } from 'node:events';
import {
  type IncomingMessage,
  request as httpRequest,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Order } from '../../src/router/delivery/order.ts';
import { type DeliveryServer, startDelivery } from './delivery-server.ts';
import { until } from './router-world.ts';

let server: DeliveryServer | undefined;
afterEach(async () => {
  await server?.end();
  server = undefined;
});

/** Requests that a pod has got, to be answered by hand. */
class Held {
  readonly paths: string[] = [];
  readonly #responses: ServerResponse[] = [];

  readonly listener: RequestListener = ({ url = '' }, response) => {
    this.paths.push(url);
    this.#responses.push(response);
  };

  answer(index: number): void {
    this.#responses[index]?.end(this.paths[index]);
  }

  answerAll(): void {
    this.paths.forEach((_, index) => this.answer(index));
  }
}

async function start(terms: Partial<Order>, impatient: Partial<Order> = {}): Promise<DeliveryServer> {
  server = await startDelivery((path) => ({ ...terms, ...(path === '/impatient' ? impatient : {}) }));
  return server;
}

async function get(path: string): Promise<{ status: number; body: string; retryAfter: string | null }> {
  const response = await fetch(`${server?.url}${path}`);
  return {
    status: response.status,
    body: await response.text(),
    retryAfter: response.headers.get('retry-after'),
  };
}

test('further requests wait in their order, and too many are sent away', async () => {
  const { pods, runPod } = await start({ limits: { concurrency: 2, queue: 2 } });
  const held = new Held();
  await runPod('p', held.listener);
  const answers = [get('/1'), get('/2')];
  await until('two have arrived', () => held.paths.length === 2);
  answers.push(get('/3'));
  await until('one waits', () => pods.line.length === 1);
  answers.push(get('/4'));
  await until('two wait', () => pods.line.length === 2);
  const sentAway = await get('/5');
  expect(sentAway).toMatchObject({ status: 503, retryAfter: '1' });
  expect(sentAway.body).toContain('urn:fox:problem:overloaded');
  expect(held.paths).toHaveLength(2);
  held.answer(0);
  await until('the third has arrived', () => held.paths.length === 3);
  held.answer(1);
  await until('the fourth has arrived', () => held.paths.length === 4);
  expect(held.paths.slice(2)).toEqual(['/3', '/4']);
  held.answerAll();
  expect((await Promise.all(answers)).map(({ status, body }) => [status, body])).toEqual([
    [200, '/1'],
    [200, '/2'],
    [200, '/3'],
    [200, '/4'],
  ]);
});

test('a client that goes away while it waits leaves its place, and no pod hears of it', async () => {
  const { url, pods, runPod } = await start({ limits: { concurrency: 1, queue: 1 } });
  const held = new Held();
  await runPod('p', held.listener);
  const first = get('/first');
  await until('it has arrived', () => held.paths.length === 1);
  const leaving = httpRequest(`${url}/leaving`).end();
  leaving.on('error', () => undefined);
  await until('it waits', () => pods.line.length === 1);
  leaving.destroy();
  await until('its place is free', () => pods.line.length === 0);
  const second = get('/second');
  await until('the second waits', () => pods.line.length === 1);
  held.answer(0);
  await until('the second has arrived', () => held.paths.length === 2);
  held.answer(1);
  expect((await Promise.all([first, second])).map(({ body }) => body)).toEqual(['/first', '/second']);
  expect(held.paths).toEqual(['/first', '/second']);
});

test('a request that finds no room until its deadline is told so', async () => {
  const { runPod } = await start({ limits: { concurrency: 1 } }, { timeout: 200 });
  const held = new Held();
  await runPod('p', held.listener);
  const first = get('/first');
  await until('it has arrived', () => held.paths.length === 1);
  const late = await get('/impatient');
  expect([late.status, late.retryAfter]).toEqual([503, '1']);
  expect(late.body).toContain('urn:fox:problem:overloaded');
  held.answerAll();
  expect((await first).status).toBe(200);
  expect(held.paths).toEqual(['/first']);
});

test('a stream of events that stands open takes no room', async () => {
  const { url, pods, runPod } = await start({ limits: { concurrency: 1, queue: 0 } });
  await runPod('p', (incoming, response) => {
    if (incoming.url !== '/events') return response.end('answer');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    return response.flushHeaders();
  });
  const outgoing = httpRequest(`${url}/events`).end();
  const [events] = (await once(outgoing, 'response')) as [IncomingMessage];
  expect((await get('/')).body).toBe('answer');
  expect((await get('/')).body).toBe('answer');
  const wish = { tried: new Set<never>(), concurrency: 1, isRepeatable: true };
  const pod = pods.take(wish);
  expect(pod).toMatchObject({ busy: 2, working: 1 });
  expect(pods.take(wish)).toBe('full');
  events.on('error', () => undefined).destroy();
  await until('the stream is over', () => typeof pod === 'object' && pod.busy === 1);
  expect(pod).toMatchObject({ busy: 1, working: 1 });
});

test('each pod has room of its own, and one that comes up takes from the line', async () => {
  const { pods, runPod } = await start({ limits: { concurrency: 1, queue: 5 } });
  const [one, other] = [new Held(), new Held()];
  await runPod('one', one.listener);
  const answers = [get('/1')];
  await until('the first has arrived', () => one.paths.length === 1);
  answers.push(get('/2'));
  await until('the second waits', () => pods.line.length === 1);
  await runPod('other', other.listener);
  await until('the second has arrived there', () => other.paths.length === 1);
  one.answerAll();
  other.answerAll();
  expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(['/1', '/2']);
});

test('what waits when the last pod goes waits for another one', async () => {
  const { endpoints, pods, runPod } = await start({ limits: { concurrency: 1 } });
  const [going, coming] = [new Held(), new Held()];
  await runPod('going', going.listener);
  endpoints.set('shop/ui/1', 'coming', undefined);
  const answers = [get('/1')];
  await until('the first has arrived', () => going.paths.length === 1);
  answers.push(get('/2'));
  await until('the second waits', () => pods.line.length === 1);
  endpoints.delete('shop/ui/1', 'going');
  expect(pods.line.length).toBe(0);
  await runPod('coming', coming.listener);
  await until('the second has arrived', () => coming.paths.length === 1);
  going.answerAll();
  coming.answerAll();
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
});

test.each([
  ['goes on for as long as it moves, where nobody has asked for a deadline', false, 200],
  ['ends at a deadline that somebody has asked for', true, 504],
])('an upload %s', async (_, isFirm, status) => {
  const timeout = 700;
  const { port, runPod } = await start({ timeout, isFirm });
  let received = 0;
  await runPod('p', (incoming, response) => {
    incoming.on('data', (chunk: Buffer) => (received += chunk.length));
    incoming.on('end', () => response.end('taken'));
    incoming.on('error', () => undefined);
  });
  const client = connect(port, '127.0.0.1');
  const answer: Buffer[] = [];
  client.on('data', (chunk: Buffer) => answer.push(chunk));
  client.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
  const began = performance.now();
  let sent = 0;
  while (performance.now() - began < 3 * timeout && answer.length === 0) {
    client.write('1\r\nx\r\n');
    sent += 1;
    await until('it has arrived', () => received === sent || answer.length > 0);
  }
  client.write('0\r\n\r\n');
  await until('it is answered', () => answer.length > 0);
  expect(Buffer.concat(answer).toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  client.destroy();
});
