// Bodies stream both ways at the pace of whoever is slower, and an end on one side is seen on the other.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { until, World } from './router-world.ts';

const megabyte = 1024 * 1024;

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

/** A request of the edge whose response is read by hand. */
async function open(options: Parameters<typeof httpRequest>[1] = {}): Promise<IncomingMessage> {
  const outgoing = httpRequest(world.router?.url ?? '', options);
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

test('a large body goes through unchanged in both directions, with and without a length', async () => {
  await world.serve((incoming, response) => {
    const length = incoming.headers['content-length'];
    response.writeHead(200, {
      ...(length === undefined ? {} : { 'content-length': length }),
      'x-framing': incoming.headers['transfer-encoding'] ?? 'length',
    });
    incoming.pipe(response);
  });
  const body = randomBytes(20 * megabyte);
  for (const headers of [{ 'content-length': body.length }, {}]) {
    const outgoing = httpRequest(world.router?.url ?? '', { method: 'POST', headers });
    const sent = pipeline(Readable.from(chunksOf(body)), outgoing);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(response.headers['x-framing']).toBe('content-length' in headers ? 'length' : 'chunked');
    const hash = createHash('sha256');
    for await (const chunk of response) hash.update(chunk as Buffer);
    await sent;
    expect(hash.digest('hex')).toBe(createHash('sha256').update(body).digest('hex'));
  }
});

function* chunksOf(body: Buffer): Generator<Buffer> {
  for (let start = 0; start < body.length; start += 100_000) yield body.subarray(start, start + 100_000);
}

test('a client that reads slowly slows the component down: nothing piles up in between', async () => {
  let written = 0;
  const chunk = Buffer.alloc(megabyte, 'x');
  await world.serve((_, response) => {
    const write = () => {
      while (written < 500 * megabyte && !response.destroyed) {
        written += chunk.length;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on('drain', write);
    write();
  });
  const response = await open();
  response.pause();
  await settled(() => written);
  expect(written).toBeLessThan(50 * megabyte);
  response.destroy();
});

test('a component that reads slowly slows the client down', async () => {
  let arrived: IncomingMessage | undefined;
  await world.serve((incoming) => {
    incoming.pause();
    arrived = incoming;
  });
  let sent = 0;
  const source = new Readable({
    read() {
      sent += megabyte;
      this.push(sent > 500 * megabyte ? null : Buffer.alloc(megabyte, 'x'));
    },
  });
  const outgoing = httpRequest(world.router?.url ?? '', { method: 'POST' });
  outgoing.on('error', () => undefined);
  source.pipe(outgoing);
  await until('it has arrived', () => arrived !== undefined);
  await settled(() => sent);
  expect(sent).toBeLessThan(50 * megabyte);
  outgoing.destroy();
  source.destroy();
  arrived?.destroy();
});

/** Waits until a value has not changed for 40 looks. */
async function settled(value: () => number): Promise<void> {
  let last = -1;
  let calm = 0;
  await until('it has settled', () => {
    calm = value() === last ? calm + 1 : 0;
    last = value();
    return calm > 40;
  });
}

test('a client that leaves while it waits is seen by the component', async () => {
  let left = false;
  const pod = await world.serve((_, response) => response.on('close', () => (left = true)));
  const outgoing = httpRequest(world.router?.url ?? '');
  outgoing.on('error', () => undefined);
  outgoing.end();
  await until('it has arrived', () => pod.seen.length === 1);
  expect(left).toBe(false);
  outgoing.destroy();
  await until('the component sees it', () => left);
});

test('a client that leaves in the middle of a response or of its own body is seen by the component', async () => {
  let left = 0;
  const pod = await world.serve((incoming, response) => {
    incoming.on('error', () => undefined);
    response.on('close', () => (left += 1));
    response.write('begin');
  });
  const response = await open();
  response.destroy();
  await until('the component sees it', () => left === 1);
  const outgoing = httpRequest(world.router?.url ?? '', {
    method: 'POST',
    headers: { 'content-length': 100 },
  });
  outgoing.on('error', () => undefined);
  outgoing.write('half');
  await until('it has arrived', () => pod.seen.length === 2);
  expect(left).toBe(1);
  outgoing.destroy();
  await until('the component sees it', () => left === 2);
});

test('a client that leaves while no pod is ready asks no pod afterwards', async () => {
  world.putEnvironment('dev', {}, true);
  const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
  const pod = await world.runPod(manifest, 'dev', 'ui', (_, response) => response.end('late'), false);
  world.putVersion(manifest, ['dev']);
  await world.startRouter();
  const client = connect(Number(new URL(world.router?.url ?? '').port), '127.0.0.1');
  client.write('GET /left?kf-dep=v1 HTTP/1.1\r\nhost: x\r\n\r\n');
  const other = world.get('/stays?kf-dep=v1');
  await once(client, 'ready');
  client.destroy();
  await once(client, 'close');
  for (let index = 0; index < 5; index++) expect((await world.get('/?kf-dep=v9')).status).toBe(404);
  world.changePod(pod.name, { isReady: true });
  expect((await other).body).toBe('late');
  await world.get('/again?kf-dep=v1');
  expect(pod.seen.map(({ url }) => url)).toEqual(['/stays', '/again']);
});

test('events reach the client one by one, the head before the first', async () => {
  const source: ServerResponse[] = [];
  await world.serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    source.push(response);
  });
  const response = await open();
  expect(response.headers['content-type']).toBe('text/event-stream');
  for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
    source[0]?.write(event);
    const [chunk] = (await once(response, 'data')) as [Buffer];
    expect(chunk.toString()).toBe(event);
  }
  response.destroy();
});

test('trailers of a response follow it; those that would frame it anew do not', async () => {
  await world.serve((_, response) => {
    response.writeHead(200, { trailer: 'x-checksum' });
    response.write('body');
    response.addTrailers({ 'x-checksum': 'abc', 'fox-version': 'v9', 'keep-alive': 'timeout=9' });
    response.end();
  });
  const response = await open();
  expect(await text(response)).toBe('body');
  expect(response.trailers).toEqual({ 'x-checksum': 'abc' });
});

test('one connection carries many requests on both sides', async () => {
  const pod = await world.serve((incoming, response) => response.end(incoming.url));
  const connections = new Set<unknown>();
  pod.server.on('connection', (socket) => connections.add(socket));
  const client = connect(Number(new URL(world.router?.url ?? '').port), '127.0.0.1');
  let received = '';
  client.on('data', (chunk: Buffer) => (received += chunk.toString()));
  for (let index = 0; index < 20; index++) {
    client.write(`GET /${index} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await until(
      `answer ${index}`,
      () => received.endsWith(`\r\n\r\n/${index}`) || received.includes(`/${index}\r\n0\r\n\r\n`),
    );
  }
  expect(connections.size).toBe(1);
  client.destroy();
});

test('methods, statuses and bodies that are none', async () => {
  await world.serve((incoming, response) => {
    if (incoming.method === 'HEAD') response.writeHead(200, { 'content-length': '1234' });
    else if (incoming.url === '/304') response.writeHead(304, { etag: '"a"' });
    else if (incoming.url === '/204') response.writeHead(204);
    else
      response.writeHead(200, {
        'x-length': incoming.headers['content-length'] ?? 'none',
        'x-framing': incoming.headers['transfer-encoding'] ?? 'none',
      });
    response.end();
  });
  expect(await world.send('HEAD', '/')).toMatchObject({
    status: 200,
    headers: { 'content-length': '1234' },
    body: '',
  });
  expect(await world.get('/304')).toMatchObject({ status: 304, headers: { etag: '"a"' }, body: '' });
  expect(await world.get('/204')).toMatchObject({ status: 204, body: '' });
  expect(await world.get('/')).toMatchObject({ headers: { 'x-length': 'none', 'x-framing': 'none' } });
  expect(await world.send('POST', '/')).toMatchObject({ headers: { 'x-length': '0', 'x-framing': 'none' } });
  expect(await world.send('OPTIONS', '/')).toMatchObject({
    headers: { 'x-length': 'none', 'x-framing': 'none' },
  });
});

test('a client that asks before it sends its body is told to go on', async () => {
  await world.serve((incoming, response) => incoming.pipe(response));
  const outgoing = httpRequest(world.router?.url ?? '', {
    method: 'POST',
    headers: { expect: '100-continue', 'content-length': 4 },
  });
  outgoing.flushHeaders();
  await once(outgoing, 'continue');
  outgoing.end('body');
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  expect(await text(response)).toBe('body');
});

test('a component that answers before it has read the body', async () => {
  await world.serve((_, response) => {
    response.writeHead(413, { 'content-length': '9' });
    response.end('too large');
  });
  const answer = await world.send('POST', '/', { body: randomBytes(10 * megabyte) });
  expect(answer).toMatchObject({ status: 413, body: 'too large' });
  expect((await world.get('/')).status).toBe(413);
});
