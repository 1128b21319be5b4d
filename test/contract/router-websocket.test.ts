// WebSockets go through the router as all requests do until the component agrees, and then as bytes.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type RequestListener, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import type { VersionManifest } from '../../src/core/version/manifest.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { closeServer, type RunningPod, until, World } from './router-world.ts';

let world: World;
const sockets: WebSocket[] = [];
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await world.end();
});

/** A request that a component has agreed to, and its connection. */
interface Accepted {
  readonly socket: WebSocket;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly connection: Socket;
}

const plain: RequestListener = (_, response) => response.end('plain');

/** Makes a pod agree to WebSockets, which say back what they are told. */
function echoing(pod: RunningPod, options = {}): Accepted[] {
  const accepted: Accepted[] = [];
  const server = new WebSocketServer({ noServer: true, ...options });
  pod.server.on('upgrade', (request, connection: Socket, head) => {
    server.handleUpgrade(request, connection, head, (socket) => {
      accepted.push({ socket, target: request.url ?? '', headers: request.headers, connection });
      socket.on('error', () => undefined);
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
  });
  world.onEnd(async () => {
    for (const { socket } of accepted) socket.terminate();
    server.close();
  });
  return accepted;
}

/** A version whose component is echoing, released. */
async function serve(version = 'v1', options = {}): Promise<{ pod: RunningPod; accepted: Accepted[] }> {
  const { pod, accepted } = await run(manifestOf(version, { ui: { rules: ['PathPrefix(`/`)'] } }), options);
  world.putReleases({ 'dev.shop': version });
  return { pod, accepted };
}

async function run(
  manifest: VersionManifest,
  options = {},
): Promise<{ pod: RunningPod; accepted: Accepted[] }> {
  world.putEnvironment('dev', {}, true);
  const pod = await world.runPod(manifest, 'dev', 'ui', plain);
  const accepted = echoing(pod, options);
  world.putVersion(manifest, ['dev']);
  return { pod, accepted };
}

function edgePort(): number {
  return Number(new URL(world.router?.url ?? '').port);
}

async function open(
  target: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${edgePort()}${target}`, protocols, options);
  sockets.push(socket);
  await once(socket, 'open');
  return socket;
}

async function say(socket: WebSocket, data: string | Buffer): Promise<Buffer> {
  const answer = once(socket, 'message');
  socket.send(data);
  const [message] = (await answer) as [Buffer];
  return message;
}

/** What a client gets that sends bytes on a connection of its own, until it is closed. */
async function exchange(bytes: string): Promise<string> {
  const client = connect(edgePort(), '127.0.0.1');
  client.write(bytes, 'latin1');
  return text(client);
}

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const handshake = (target: string, ...lines: string[]) =>
  [
    `GET ${target} HTTP/1.1`,
    'host: x',
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${key}`,
    ...lines,
    '',
    '',
  ].join('\r\n');

describe('at the edge', () => {
  test('messages go both ways, large and small, and the end is told with its code', async () => {
    const { accepted } = await serve('v1', { perMessageDeflate: true });
    await world.startRouter();
    const socket = await open('/chat?room=1&kf-dep=v1', ['a', 'b'], { perMessageDeflate: true });
    expect(accepted[0]?.target).toBe('/chat?room=1');
    expect(socket.protocol).toBe('a');
    expect(socket.extensions).toContain('permessage-deflate');
    expect((await say(socket, 'hello')).toString()).toBe('hello');
    const large = randomBytes(8 * 1024 * 1024);
    expect((await say(socket, large)).equals(large)).toBe(true);
    const pong = once(socket, 'pong');
    socket.ping('there?');
    expect(String((await pong)[0])).toBe('there?');
    const closed = once(accepted[0]?.socket ?? socket, 'close');
    socket.close(4321, 'enough');
    expect(await once(socket, 'close')).toMatchObject({ 0: 4321 });
    expect(await closed).toMatchObject({ 0: 4321 });
  });

  test('a handshake carries its context, and the answer tells who answered', async () => {
    const { accepted } = await serve();
    await world.startRouter();
    const socket = new WebSocket(`ws://127.0.0.1:${edgePort()}/`, {
      headers: { 'kf-dep': 'v1', baggage: 'kf-dep=shop-v9,kf-ve=no,mine=1', 'x-fox-env': 'forged' },
    });
    sockets.push(socket);
    const [[response]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'open')]);
    expect(response.headers).toMatchObject({ 'fox-version': 'v1', 'fox-virtual-env': 'dev' });
    const headers = accepted[0]?.headers ?? {};
    expect(headers['baggage']).toBe('kf-dep=shop-v1,kf-ve=dev,mine=1');
    expect(headers['x-fox-env']).toBeUndefined();
    expect(headers['kf-dep']).toBeUndefined();
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  test('a release cuts no open socket; those that are opened after it go to the new version', async () => {
    const v1 = await serve('v1');
    const v2 = await run(manifestOf('v2', { ui: { rules: ['PathPrefix(`/`)'], source: 'v2' } }));
    await world.startRouter();
    const before = await open('/');
    const epoch = world.putReleases({ 'dev.shop': 'v2' });
    await until('the release is served', () => world.acknowledged() === epoch);
    expect((await say(before, 'still there')).toString()).toBe('still there');
    await open('/');
    expect([v1.accepted.length, v2.accepted.length]).toEqual([1, 1]);
    expect((await say(before, 'and again')).toString()).toBe('and again');
  });

  test('the socket of a page goes where the page came from', async () => {
    const v1 = await serve('v1');
    const v2 = await run(manifestOf('v2', { ui: { rules: ['PathPrefix(`/`)'], source: 'v2' } }));
    await world.startRouter();
    await open('/', [], { headers: { cookie: 'own=1; kf-dep.dev=shop-v2', origin: 'http://shop.example' } });
    expect([v1.accepted.length, v2.accepted.length]).toEqual([0, 1]);
    expect(v2.accepted[0]?.headers['cookie']).toBe('own=1');
  });

  test.each([
    ['no such version', '/?kf-dep=v9', 404, 'unknown-version'],
    ['an empty selector', '/?kf-dep=', 400, 'bad-selector'],
    ['a dot segment', '/a/../b', 400, 'bad-request'],
  ])('%s: a problem on the socket', async (_, target, status, problem) => {
    await serve();
    await world.startRouter();
    const answer = await exchange(handshake(target));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(answer).toContain(`urn:fox:problem:${problem}`);
  });

  test('what a component answers instead of agreeing is passed on', async () => {
    const { pod } = await serve();
    const body = 'x'.repeat(3_000_000);
    pod.server.removeAllListeners('upgrade');
    pod.server.removeAllListeners('request');
    pod.server.on('request', (_, response) => {
      response.writeHead(426, { upgrade: 'websocket', 'x-own': 'kept' });
      response.end(body);
    });
    await world.startRouter();
    const answer = await exchange(handshake('/'));
    expect(answer).toMatch(/^HTTP\/1.1 426 /);
    expect(answer).toContain('x-own: kept');
    expect(answer.split('x').length).toBeGreaterThan(body.length);
  });

  test('a component that breaks off before it answers', async () => {
    const { pod } = await serve();
    let asked = 0;
    pod.server.removeAllListeners('upgrade');
    pod.server.on('upgrade', (_, socket: Socket) => {
      asked += 1;
      socket.destroy();
    });
    await world.startRouter();
    expect(await exchange(handshake('/'))).toMatch(/^HTTP\/1.1 502 /);
    // It may have been processed.
    expect(asked).toBe(1);
  });

  test('a pod that does not accept connections: another one is asked', async () => {
    const { accepted } = await serve();
    const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
    const gone = await world.runPod(manifest, 'dev', 'ui', plain);
    await closeServer(gone.server);
    await world.startRouter();
    for (let index = 0; index < 6; index++) await open('/');
    expect(accepted).toHaveLength(6);
  });

  test('a component that switches to something else', async () => {
    const { pod } = await serve();
    pod.server.removeAllListeners('upgrade');
    pod.server.on('upgrade', (_, socket: Socket) => {
      socket.on('error', () => undefined);
      socket.resume().on('end', () => socket.destroy());
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n');
    });
    await world.startRouter();
    expect(await exchange(handshake('/'))).toMatch(/^HTTP\/1.1 502 /);
  });

  test('what is sent right behind the handshake arrives, on either side', async () => {
    const { pod } = await serve();
    pod.server.removeAllListeners('upgrade');
    const got: string[] = [];
    pod.server.on('upgrade', (_, socket: Socket, head: Buffer) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nfrom the component',
      );
      socket.unshift(head);
      socket.on('data', (chunk: Buffer) => got.push(chunk.toString()));
      socket.on('end', () => socket.end(' and its end'));
    });
    await world.startRouter();
    const client = connect(edgePort(), '127.0.0.1');
    client.write(`${handshake('/')}from the client`);
    await until('it has arrived', () => got.join('') === 'from the client');
    client.end(' and its end');
    const answer = await text(client);
    expect(answer).toMatch(/^HTTP\/1.1 101 /);
    expect(answer.split('\r\n\r\n')[1]).toBe('from the component and its end');
    expect(got.join('')).toBe('from the client and its end');
  });

  test('a client that leaves before it has an answer is seen by the component', async () => {
    const { pod } = await serve();
    let left = 0;
    const waiting: Socket[] = [];
    pod.server.removeAllListeners('upgrade');
    pod.server.on('upgrade', (_, socket: Socket) => {
      waiting.push(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => (left += 1));
      socket.resume().on('end', () => socket.destroy());
    });
    await world.startRouter();
    for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const client = connect(edgePort(), '127.0.0.1');
      client.on('error', () => undefined);
      const before = waiting.length;
      client.write(handshake('/'));
      await until('it has arrived', () => waiting.length > before);
      expect(left).toBe(before);
      client[leave]();
      await until('the component sees it', () => left === before + 1);
    }
  });

  test('an end of either side without a word ends the other', async () => {
    const { accepted } = await serve();
    await world.startRouter();
    const first = await open('/');
    const componentSees = once(accepted[0]?.connection as Socket, 'close');
    first.terminate();
    await componentSees;
    const second = await open('/');
    const clientSees = once(second, 'close');
    accepted[1]?.connection.resetAndDestroy();
    expect(await clientSees).toMatchObject({ 0: 1006 });
  });

  test('a side that reads slowly slows the other down', async () => {
    const { accepted } = await serve();
    await world.startRouter();
    const socket = await open('/');
    socket.pause();
    const source = accepted[0]?.socket as WebSocket;
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    let sent = 0;
    let taken = 0;
    for (; sent < 200; sent++) source.send(chunk, () => (taken += 1));
    let calm = 0;
    let last = -1;
    await until('it has settled', () => {
      calm = taken === last ? calm + 1 : 0;
      last = taken;
      return calm > 40;
    });
    expect(taken).toBeLessThan(50);
    let received = 0;
    socket.on('message', () => (received += 1));
    socket.resume();
    await until('all has arrived', () => received === sent);
  });

  test('the router ends: sockets may go on for a while, and are then ended', async () => {
    await serve();
    const router = await world.startRouter();
    const socket = await open('/');
    const stopped = router.stop();
    expect((await say(socket, 'still there')).toString()).toBe('still there');
    const closed = once(socket, 'close');
    socket.close();
    await closed;
    await stopped;
  });
});

describe('offers of other protocols', () => {
  test.each([
    [
      'h2c',
      'GET',
      ['connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQCAAAAAAIAAAAA'],
      '',
    ],
    ['TLS', 'OPTIONS', ['connection: upgrade', 'upgrade: TLS/1.0'], ''],
    [
      'a WebSocket, with a body',
      'GET',
      ['connection: upgrade', 'upgrade: websocket', 'content-length: 4'],
      'body',
    ],
    [
      'a WebSocket, in chunks',
      'GET',
      ['connection: upgrade', 'upgrade: websocket', 'transfer-encoding: chunked'],
      '4\r\nbody\r\n0\r\n\r\n',
    ],
    [
      'a WebSocket, by POST',
      'POST',
      ['connection: upgrade', 'upgrade: websocket', 'content-length: 4'],
      'body',
    ],
  ])('%s: declined, the request is served', async (_, method, lines, body) => {
    const { pod } = await serve();
    const bodies: string[] = [];
    pod.server.prependListener(
      'request',
      (incoming) => void text(incoming).then((each) => bodies.push(each)),
    );
    await world.startRouter();
    const next = 'GET /next HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    const answer = await exchange(
      [`${method} /first HTTP/1.1`, 'host: x', ...lines, '', body].join('\r\n') + next,
    );
    expect(answer.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
    expect(pod.seen.map(({ url }) => url)).toEqual(['/first', '/next']);
    expect(pod.seen[0]?.headers['upgrade']).toBeUndefined();
    expect(bodies[0]).toBe(body === '' ? '' : 'body');
  });

  test('an upgrade behind a request that is not answered yet ends the connection', async () => {
    const { pod, accepted } = await serve();
    pod.server.removeAllListeners('request');
    await world.startRouter();
    const answer = await exchange(`GET / HTTP/1.1\r\nhost: x\r\n\r\n${handshake('/')}`);
    expect(answer).toBe('');
    expect(accepted).toEqual([]);
  });

  test('an upgrade behind a request that is answered', async () => {
    const { accepted } = await serve();
    await world.startRouter();
    const client = connect(edgePort(), '127.0.0.1');
    let received = '';
    client.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await until('it is answered', () => received.includes('plain'));
    client.write(handshake('/second'));
    await until('it is open', () => received.includes('HTTP/1.1 101 '));
    expect(accepted[0]?.target).toBe('/second');
    client.destroy();
  });

  test('a key that is missing is for the component to refuse', async () => {
    await serve();
    await world.startRouter();
    const answer = await exchange(
      'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).not.toContain('urn:fox');
  });
});

test('between components', async () => {
  world.putEnvironment('dev', {}, true);
  const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'], calls: ['api'] }, api: {} });
  const pods = await world.runVersion(manifest, 'dev', { ui: plain, api: plain });
  const api = pods.get('api') as RunningPod;
  const accepted = echoing(api);
  world.putVersion(manifest, ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
  await world.startRouter();
  const port = pods.get('ui')?.callPorts['api'] ?? 0;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/feed`);
  sockets.push(socket);
  await once(socket, 'open');
  expect((await say(socket, 'hello')).toString()).toBe('hello');
  expect(accepted[0]?.headers['baggage']).toBe('kf-dep=shop-v1,kf-ve=dev');
});

/** Sockets that this process has open, on either side. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((each) => each === 'TCPSocketWrap').length;
}

test('nothing is left of a thousand sockets', async () => {
  const { pod, accepted } = await serve();
  const router = await world.startRouter();
  const connections = () =>
    new Promise<number>((resolve, reject) =>
      pod.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  (await open('/')).close();
  await until('it is gone', async () => (await connections()) === 0);
  const before = handles();
  for (let round = 0; round < 20; round++) {
    const opened = await Promise.all(Array.from({ length: 50 }, async () => open('/')));
    for (const [index, socket] of opened.entries())
      if (index % 3 === 0) socket.close();
      else if (index % 3 === 1) socket.terminate();
      else accepted.at(-1 - index)?.connection.destroy();
    await Promise.all(
      opened.map(async (socket) => socket.readyState === WebSocket.CLOSED || once(socket, 'close')),
    );
    sockets.length = 0;
  }
  await until('all are gone', async () => (await connections()) === 0 && handles() <= before);
  expect((await world.get('/')).body).toBe('plain');
  await router.stop();
});

test('without an upgrade, a header that names one is nothing', async () => {
  const { pod } = await serve();
  await world.startRouter();
  const outgoing = httpRequest(world.router?.url ?? '', { headers: { upgrade: 'websocket' } });
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  expect(await text(response)).toBe('plain');
  expect(pod.seen[0]?.headers['upgrade']).toBeUndefined();
});
