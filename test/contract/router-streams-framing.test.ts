// How bodies are framed: with a length, in chunks, not at all; what comes before a response and what follows it.
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

/** A component that answers these bytes to whatever it is asked. */
async function serveBytes(bytes: string, then: (socket: Socket) => void = () => undefined): Promise<void> {
  const pod = await world.serve(() => undefined);
  pod.server.removeAllListeners('request');
  pod.server.on('request', ({ socket }) => {
    socket.write(bytes, 'latin1');
    then(socket);
  });
}

/** A connection to the edge that is read by hand. */
class Client {
  readonly socket = connect(Number(new URL(world.router?.url ?? '').port), '127.0.0.1');
  received = '';
  end: 'open' | 'ended' | 'reset' = 'open';

  constructor() {
    this.socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    this.socket.on('end', () => (this.end = 'ended'));
    this.socket.on('error', () => (this.end = 'reset'));
    world.onEnd(async () => void this.socket.destroy());
  }

  send(...lines: string[]): void {
    this.socket.write([...lines, '', ''].join('\r\n'), 'latin1');
  }

  async until(what: string): Promise<void> {
    await until(`it has got ${what}`, () => this.received.includes(what));
  }

  async ended(): Promise<void> {
    await until('it has ended', () => this.end !== 'open');
  }

  get body(): string {
    return this.received.slice(this.received.indexOf('\r\n\r\n') + 4);
  }
}

const head = (...lines: string[]) => [...lines, '', ''].join('\r\n');

describe('responses that have no body', () => {
  test.each([
    ['HEAD', 'HTTP/1.1 200 OK', 'content-length: 1234'],
    ['HEAD', 'HTTP/1.1 200 OK', 'x-nothing: 1'],
    ['GET', 'HTTP/1.1 204 No Content', 'x-nothing: 1'],
    ['GET', 'HTTP/1.1 304 Not Modified', 'content-length: 1234'],
    ['GET', 'HTTP/1.1 304 Not Modified', 'x-nothing: 1'],
  ])('%s, %s, %s: nothing is invented, and the connection goes on', async (method, status, header) => {
    await serveBytes(head(status, header));
    const client = new Client();
    for (const round of [1, 2]) {
      client.send(`${method} / HTTP/1.1`, 'host: x');
      await until(`answer ${round}`, () => client.received.split(status).length === round + 1);
      await until('its end', () => client.received.endsWith('\r\n\r\n'));
    }
    const names = client.received.toLowerCase().match(/^(x-nothing|content-length|transfer-encoding)/gm);
    expect(new Set(names)).toEqual(new Set([header.split(':')[0]]));
  });

  test('what is sent as a body of one that has none goes nowhere', async () => {
    await serveBytes(`${head('HTTP/1.1 204 No Content', 'content-length: 5')}hello`);
    const client = new Client();
    for (const round of [1, 2]) {
      client.send('GET / HTTP/1.1', 'host: x');
      await until(`answer ${round}`, () => client.received.split('HTTP/1.1 204').length === round + 1);
    }
    expect(client.received).not.toContain('hello');
  });

  test('204 that claims a length loses it: a client might wait for what never comes', async () => {
    await serveBytes(head('HTTP/1.1 204 No Content', 'content-length: 0'));
    expect((await world.get('/')).headers['content-length']).toBeUndefined();
  });
});

describe('clients of HTTP/1.0', () => {
  test('get what has no length as it is, and the end of the connection', async () => {
    await world.serve((_, response) => {
      response.write('one, ');
      setImmediate(() => response.end('two'));
    });
    const client = new Client();
    client.send('GET / HTTP/1.0', 'host: x');
    await client.ended();
    expect(client.end).toBe('ended');
    expect(client.received.toLowerCase()).not.toContain('transfer-encoding');
    expect(client.body).toBe('one, two');
  });

  test('see that a component broke off: the connection is reset', async () => {
    const open: ServerResponse[] = [];
    await world.serve((_, response) => {
      response.write('one, ');
      open.push(response);
    });
    const client = new Client();
    client.send('GET / HTTP/1.0', 'host: x');
    await client.until('one, ');
    open[0]?.destroy();
    await client.ended();
    expect(client.end).toBe('reset');
  });
});

describe('a component that breaks off', () => {
  test('in the middle of chunks: the last one is missing', async () => {
    const open: ServerResponse[] = [];
    await world.serve((_, response) => {
      response.write('one, ');
      open.push(response);
    });
    const client = new Client();
    client.send('GET / HTTP/1.1', 'host: x');
    await client.until('one, ');
    open[0]?.destroy();
    await client.ended();
    expect(client.received).not.toContain('0\r\n\r\n');
  });

  test('before the length is reached: less than that arrives, and nothing else on the connection', async () => {
    await serveBytes(`${head('HTTP/1.1 200 OK', 'content-length: 100')}half`, (socket) => socket.end());
    const client = new Client();
    client.send('GET / HTTP/1.1', 'host: x', '', 'GET /next HTTP/1.1', 'host: x');
    await client.ended();
    expect(client.body).toBe('half');
  });
});

describe('trailers', () => {
  test('of a response follow it, and a component is told that they are wanted', async () => {
    const pod = await world.serve((_, response) => {
      response.writeHead(200, { trailer: 'x-checksum' });
      response.write('body');
      response.addTrailers({ 'x-checksum': 'abc' });
      response.end();
    });
    const client = new Client();
    client.send('GET / HTTP/1.1', 'host: x', 'te: trailers, deflate', 'connection: te');
    await client.until('x-checksum: abc\r\n\r\n');
    expect(pod.seen[0]?.headers['te']).toBe('trailers');
    client.send('GET / HTTP/1.1', 'host: x', 'te: deflate');
    await until('the second', () => pod.seen.length === 2);
    expect(pod.seen[1]?.headers['te']).toBeUndefined();
  });

  test('of a request end at the router', async () => {
    const bodies: string[] = [];
    const pod = await world.serve((incoming, response) => {
      incoming.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
      incoming.on('end', () => response.end('done'));
    });
    const client = new Client();
    client.send('POST / HTTP/1.1', 'host: x', 'transfer-encoding: chunked', '', '4', 'body', '0', 'x-a: 1');
    await client.until('done');
    expect(bodies).toEqual(['body']);
    expect(pod.seen[0]?.trailers).toEqual({});
  });
});

describe('interim responses', () => {
  test('of a component are not passed on, and its response is', async () => {
    await world.serve((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
      response.writeProcessing();
      response.end('response');
    });
    const client = new Client();
    client.send('GET / HTTP/1.1', 'host: x');
    await client.until('response');
    expect(client.received).toMatch(/^HTTP\/1.1 200 OK/);
    expect(client.received).not.toContain('style.css');
  });

  test('without end are given up', async () => {
    const pod = await world.serve((_, response) => {
      const flood = () => {
        for (let index = 0; index < 50; index++) response.writeProcessing();
        if (!response.destroyed) setImmediate(flood);
      };
      flood();
    });
    const answer = await world.send('POST', '/', { body: 'x' });
    expect(answer.status).toBe(502);
    expect(answer.body).toContain('interim responses');
    expect(pod.seen).toHaveLength(1);
  });
});

describe('a client that asks before it sends its body', () => {
  const asking = ['POST / HTTP/1.1', 'host: x', 'expect: 100-continue', 'content-length: 4'];

  test('is told to go on when a pod is there, and not before', async () => {
    world.putEnvironment('dev', {}, true);
    const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
    const pod = await world.runPod(
      manifest,
      'dev',
      'ui',
      (incoming, response) => incoming.pipe(response),
      false,
    );
    world.putVersion(manifest, ['dev']);
    world.putReleases({ 'dev.shop': 'v1' });
    await world.startRouter();
    const client = new Client();
    client.send(...asking);
    // Whatever is to come would have come before this.
    expect((await world.get('/?kf-dep=v9')).status).toBe(404);
    expect(client.received).toBe('');
    world.changePod(pod.name, { isReady: true });
    await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    client.socket.write('body');
    await client.until('HTTP/1.1 200 OK');
    await client.until('body');
    expect(pod.seen[0]?.headers['expect']).toBeUndefined();
    client.send('GET / HTTP/1.1', 'host: x');
    await until('the connection goes on', () => pod.seen.length === 2);
  });

  test('is refused without being asked for it, and the connection is closed', async () => {
    await world.serve((_, response) => response.end());
    const client = new Client();
    client.send('POST /?kf-dep=v9 HTTP/1.1', ...asking.slice(1));
    await client.ended();
    expect(client.received).toMatch(/^HTTP\/1.1 404 /);
    expect(client.received.toLowerCase()).toContain('connection: close');
    expect(client.received).not.toContain('100 Continue');
  });

  test('another expectation is refused', async () => {
    const pod = await world.serve((_, response) => response.end());
    expect((await statusOf({ expect: 'miracles' })).statusCode).toBe(417);
    expect(pod.seen).toEqual([]);
  });
});

async function statusOf(headers: Record<string, string>): Promise<IncomingMessage> {
  const outgoing = httpRequest(world.router?.url ?? '', { headers });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  return response;
}

test('both ways at once: the response begins before the body of its request has ended', async () => {
  await world.serve((incoming, response) => {
    response.flushHeaders();
    incoming.on('data', (chunk: Buffer) => response.write(chunk.toString().toUpperCase()));
    incoming.on('end', () => response.end());
  });
  const client = new Client();
  // The component hears of a request that has a body when that begins.
  client.send('POST / HTTP/1.1', 'host: x', 'transfer-encoding: chunked');
  client.socket.write('4\r\nzero\r\n');
  await client.until('HTTP/1.1 200 OK');
  await client.until('ZERO');
  for (const word of ['one', 'two', 'three']) {
    client.socket.write(`${word.length.toString(16)}\r\n${word}\r\n`);
    await client.until(word.toUpperCase());
  }
  expect(client.received).not.toContain('0\r\n\r\n');
  client.socket.write('0\r\n\r\n');
  await client.until('0\r\n\r\n');
});

describe('events', () => {
  test('a client that leaves is seen at once, and so is a component that does', async () => {
    const open: ServerResponse[] = [];
    let left = 0;
    await world.serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
      response.write('data: 1\n\n');
      response.on('close', () => (left += 1));
      open.push(response);
    });
    const first = new Client();
    first.send('GET / HTTP/1.1', 'host: x', 'accept-encoding: gzip');
    await first.until('data: 1\n\n');
    expect(first.received.toLowerCase()).toContain('x-accel-buffering: no');
    first.socket.destroy();
    await until('the component sees it', () => left === 1);
    const second = new Client();
    second.send('GET / HTTP/1.1', 'host: x');
    await second.until('data: 1\n\n');
    open[1]?.destroy();
    await second.ended();
  });
});
