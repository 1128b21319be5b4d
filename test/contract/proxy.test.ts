// `fox proxy` between real sockets: bytes and HTTP, through a scripted API to routers that come and go.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { byteProxy } from '../../src/actions/proxy/byte-proxy.ts';
import { headerProxy } from '../../src/actions/proxy/header-proxy.ts';
import { listen } from '../../src/actions/proxy/listen.ts';
import { withSelectors } from '../../src/actions/proxy/selected-request.ts';
import { PortForward } from '../../src/cluster/routers/port-forward.ts';
import { RouterPods } from '../../src/cluster/routers/router-pods.ts';
import { label, managedBy } from '../../src/core/labels.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import { ScriptedKubernetes } from './scripted-kubernetes.ts';

let api: ScriptedKubernetes;
let closers: (() => unknown)[];

beforeEach(async () => {
  closers = [];
  api = new ScriptedKubernetes();
  await api.start();
});
afterEach(async () => {
  for (const close of closers.toReversed()) await close();
  await api.stop();
});

/** A router's stand-in: says who it is and what it was asked. */
async function startRouter(name: string): Promise<Server> {
  const server = createServer((incoming, response) => void answer(name, incoming, response));
  server.on('upgrade', (incoming, socket) => {
    const { 'kf-dep': dep } = incoming.headers;
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\nx-dep: ${String(dep)}\r\n\r\n`,
    );
    socket.on('error', () => socket.destroy()).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}

async function answer(name: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  if (incoming.url === '/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    return;
  }
  if (incoming.url === '/hints') {
    incoming.socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\nlink: not a link\r\n\r\n');
    response.end('hinted');
    return;
  }
  if (incoming.url === '/trailers') {
    response.writeHead(200, { trailer: 'x-sum', 'set-cookie': ['a=1', 'b=2'] });
    response.write('body');
    response.addTrailers({ 'x-sum': '4' });
    response.end();
    return;
  }
  const body = await text(incoming);
  response.end(JSON.stringify({ name, url: incoming.url, headers: incoming.headers, body: body.length }));
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

/** A ready router pod whose edge is a server of this test. */
function pod(name: string, server: Server, isReady = true): void {
  api.ports.set(`${name}:8080`, portOf(server));
  api.put('pods', {
    metadata: {
      name,
      uid: name,
      labels: { [label.name]: 'fox-router', [label.managedBy]: managedBy },
    },
    spec: { containers: [{ name: 'router', ports: [{ name: 'edge', containerPort: 8080 }] }] },
    status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  } as object);
}

/** Bytes through the API to router pods. @returns its port. */
async function startByteProxy(failures: Error[] = [], chosen: string[] = []): Promise<number> {
  const { client, close } = api.client();
  const forward = new PortForward(api.connection);
  const stop = new AbortController();
  const pods = new RouterPods(
    client,
    (target, signal) => forward.connect(target, signal),
    (name) => void chosen.push(name),
  );
  const following = pods.follow({ signal: stop.signal, patience: Number.POSITIVE_INFINITY });
  const server = byteProxy(
    (signal) => pods.connect(signal),
    (error) => void failures.push(error),
  );
  closers.push(
    close,
    () => forward.close(),
    async () => {
      stop.abort();
      await following;
    },
  );
  const port = await listen(server, 0);
  closers.push(() => server.close());
  return port;
}

async function startHeaderProxy(inner: number): Promise<number> {
  const added = { deployment: 'v2', environment: 'team-a' };
  const { server, agent } = headerProxy({ host: '127.0.0.1', port: inner }, (target, headers) =>
    withSelectors(target, headers, added),
  );
  const port = await listen(server, 0);
  closers.push(() => {
    agent.destroy();
    server.close();
    server.closeAllConnections();
  });
  return port;
}

interface Answer {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: number;
}

async function ask(port: number, path = '/', options: RequestInit = {}): Promise<Answer> {
  const headers = { connection: 'close', ...(options.headers as Record<string, string> | undefined) };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...options, headers });
  return (await response.json()) as Answer;
}

describe('bytes', () => {
  test('reach a ready pod unchanged, large ones too', async () => {
    pod('router-1', await startRouter('one'));
    const port = await startByteProxy();
    const answered = await ask(port, '/a?b=c', { headers: { 'x-a': 'b' } });
    expect(answered).toMatchObject({ name: 'one', url: '/a?b=c', headers: { 'x-a': 'b' } });
    expect(answered.headers).not.toHaveProperty('kf-dep');
    const body = new Uint8Array(5_000_000);
    expect(await ask(port, '/', { method: 'POST', body })).toMatchObject({ body: body.length });
  });

  test('go to another pod when the first is gone; who comes in between waits', async () => {
    const first = await startRouter('one');
    const chosen: string[] = [];
    pod('router-1', first);
    const port = await startByteProxy([], chosen);
    expect((await ask(port)).name).toBe('one');
    api.remove('pods', 'router-1');
    const asked = ask(port);
    const second = await startRouter('two');
    pod('router-2', second);
    expect((await asked).name).toBe('two');
    expect(chosen).toEqual(['router-1', 'router-2']);
  });

  test('go to another pod when one that seems ready cannot be reached', async () => {
    pod('router-1', await startRouter('one'));
    pod('router-2', await startRouter('two'));
    api.ports.delete('router-1:8080');
    const port = await startByteProxy();
    expect((await ask(port)).name).toBe('two');
    const before = api.requests.filter((line) => line.includes('router-1/portforward')).length;
    expect((await ask(port)).name).toBe('two');
    expect(api.requests.filter((line) => line.includes('router-1/portforward'))).toHaveLength(before);
  });

  test('go to the pods in turn where that is wanted', async () => {
    for (const name of ['one', 'two', 'three']) pod(name, await startRouter(name));
    const chosen: string[] = [];
    const { client, close } = api.client();
    const forward = new PortForward(api.connection);
    const stop = new AbortController();
    const pods = new RouterPods(client, forward.connect.bind(forward), (name) => void chosen.push(name));
    const following = pods.follow({ signal: stop.signal, patience: Number.POSITIVE_INFINITY });
    for (let count = 0; count < 4; count += 1) {
      (await pods.connect(stop.signal)).destroy();
      (await pods.connect(stop.signal)).destroy();
      pods.turn();
    }
    stop.abort();
    await following;
    forward.close();
    close();
    expect(new Set(chosen.slice(0, 3))).toEqual(new Set(['one', 'two', 'three']));
    expect(chosen[3]).toBe(chosen[0]);
    expect(chosen).toHaveLength(4);
  });

  test('never go to a pod that is not ready', async () => {
    pod('router-1', await startRouter('one'), false);
    pod('router-2', await startRouter('two'));
    const port = await startByteProxy();
    expect((await ask(port)).name).toBe('two');
    expect(api.requests.join()).not.toContain('router-1/portforward');
  });

  test('break where the pod breaks, and the next connection works', async () => {
    const router = await startRouter('one');
    pod('router-1', router);
    const port = await startByteProxy();
    const response = await fetch(`http://127.0.0.1:${port}/stream`);
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: 1\n\n');
    router.closeAllConnections();
    await expect(reader?.read()).rejects.toThrow(/terminated/);
    expect((await ask(port)).name).toBe('one');
  });

  test('of what nobody listens on end with what the cluster says', async () => {
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const dead = portOf(closed);
    closed.close();
    pod('router-1', await startRouter('one'));
    api.ports.set('router-1:8080', dead);
    const port = await startByteProxy();
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    expect(await text(socket).catch((error: NodeJS.ErrnoException) => error.code)).toMatch(/^(ECONNRESET)?$/);
  });

  test('in the pace of the slower side', async () => {
    let sent = 0;
    const source = createTcpServer((socket) => {
      socket.on('error', () => socket.destroy());
      const block = Buffer.alloc(256 * 1024);
      const write = () => {
        while (!socket.destroyed && sent < 400) {
          sent += 1;
          if (!socket.write(block)) return void socket.once('drain', write);
        }
        return undefined;
      };
      write();
    }).listen(0, '127.0.0.1');
    await once(source, 'listening');
    closers.push(() => source.close());
    pod('router-1', await startRouter('one'));
    api.ports.set('router-1:8080', portOf(source));
    const socket = connect(await startByteProxy(), '127.0.0.1');
    closers.push(() => socket.destroy());
    const [first] = (await once(socket, 'data')) as [Buffer];
    socket.pause();
    let before = -1;
    // It stands still long before all is sent.
    await eventually(async () => {
      const same = sent === before;
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return same && sent === before;
    });
    expect(first.length).toBeGreaterThan(0);
    expect(sent).toBeLessThan(400);
  });
});

/** A proxy that adds selectors, to one router. */
async function startSelecting(): Promise<number> {
  pod('router-1', await startRouter('one'));
  return startHeaderProxy(await startByteProxy());
}

describe('HTTP with selectors', () => {
  test('adds them where a request has none', async () => {
    const port = await startSelecting();
    expect((await ask(port)).headers).toMatchObject({ 'kf-dep': 'v2', 'kf-ve': 'team-a' });
    const own = await ask(port, '/?kf-dep=v1', { headers: { 'kf-ve': 'dev' } });
    expect(own.headers).toMatchObject({ 'kf-ve': 'dev' });
    expect(own.headers).not.toHaveProperty('kf-dep');
    expect(own.url).toBe('/?kf-dep=v1');
    expect((await ask(port)).headers['host']).toBe(`127.0.0.1:${port}`);
  });

  test('hands bodies, repeated headers and trailers on', async () => {
    const port = await startSelecting();
    const body = 'x'.repeat(100_000);
    expect(await ask(port, '/', { method: 'POST', body })).toMatchObject({ body: body.length });
    const sent = request({ port, path: '/trailers', agent: false }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(await text(response)).toBe('body');
    expect(response.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(response.trailers).toEqual({ 'x-sum': '4' });
  });

  test('outlives hints that come before an answer, whatever they say', async () => {
    const port = await startSelecting();
    const sent = request({ port, path: '/hints', agent: false }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(await text(response)).toBe('hinted');
  });

  test('hands on upgraded connections, with their selectors', async () => {
    const port = await startSelecting();
    const headers = { connection: 'Upgrade', upgrade: 'echo' };
    const sent = request({ port, headers, agent: false }).end();
    const [response, socket] = (await once(sent, 'upgrade')) as [IncomingMessage, Socket];
    closers.push(() => socket.destroy());
    expect(response.headers['x-dep']).toBe('v2');
    socket.write('hello');
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
  });

  test('streams, and ends upstream what the client has left', async () => {
    const router = await startRouter('one');
    pod('router-1', router);
    const port = await startHeaderProxy(await startByteProxy());
    const cancel = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/stream`, { signal: cancel.signal });
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: 1\n\n');
    const open = () => new Promise<number>((resolve) => router.getConnections((_, count) => resolve(count)));
    expect(await open()).toBe(1);
    cancel.abort();
    await eventually(async () => (await open()) === 0);
  });

  test('tries a request that changes nothing again when its connection turns out to be dead', async () => {
    const router = await startRouter('one');
    pod('router-1', router);
    const port = await startHeaderProxy(await startByteProxy());
    for (let count = 0; count < 20; count++) {
      expect((await ask(port)).name).toBe('one');
      router.closeIdleConnections();
    }
  });

  test('says what is wrong when no router can be reached', async () => {
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const dead = portOf(closed);
    closed.close();
    const response = await fetch(`http://127.0.0.1:${await startHeaderProxy(dead)}/`);
    expect(response.status).toBe(502);
    expect(await response.text()).toContain("the router can't be reached");
  });
});

test('a port that is taken is named', async () => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  const port = portOf(server);
  await expect(listen(createTcpServer(), port)).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: `port ${port} of 127.0.0.1 is in use`,
  });
});

test('rights that are missing are named', async () => {
  const forward = new PortForward({ ...api.connection, server: `http://127.0.0.1:${await startRefusing()}` });
  closers.push(() => forward.close());
  const target = { namespace: 'test', pod: 'router-1', port: 8080 };
  await expect(forward.connect(target, new AbortController().signal)).rejects.toMatchObject({
    code: 'CLUSTER_FORBIDDEN',
    message: expect.stringContaining('cannot create resource') as string,
    hints: [expect.stringContaining('pods/portforward')],
  });
});

async function startRefusing(): Promise<number> {
  const server = createServer((_, response) => {
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: 'User "x" cannot create resource "pods/portforward"' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return portOf(server);
}

test('a connection takes writes of nothing', async () => {
  pod('router-1', await startRouter('router-1'));
  const forward = new PortForward(api.connection);
  const target = { namespace: 'test', pod: 'router-1', port: 8080 };
  const stream = await forward.connect(target, new AbortController().signal);
  closers.push(
    () => forward.close(),
    () => stream.destroy(),
  );
  stream.write('');
  stream.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  expect(await text(stream)).toContain('"name":"router-1"');
});
