// Pods that fail: what is repeated and what isn't, connections that are closed under a request, and pods that are left out.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Endpoint } from '../../src/router/delivery/endpoint.ts';
import { type DeliveryServer, startDelivery, workload } from './delivery-server.ts';
import { freePort, until } from './router-world.ts';

let server: DeliveryServer;
const ending: (() => unknown)[] = [];
beforeEach(async () => {
  server = await startDelivery();
});
afterEach(async () => {
  await server.end();
  for (const end of ending.splice(0)) end();
});

async function send(method: string, path = '/', body?: string): Promise<{ status: number; body: string }> {
  const response = await fetch(server.url + path, { method, ...(body === undefined ? {} : { body }) });
  return { status: response.status, body: await response.text() };
}

describe('a body that was sent to a pod that broke off', () => {
  const seen: string[] = [];
  beforeEach(async () => {
    seen.length = 0;
    await server.runPod('breaking', (incoming) => {
      seen.push(incoming.method ?? '');
      incoming.resume().on('end', () => incoming.socket.destroy());
    });
  });

  test('goes to another one if it can be repeated, from its beginning', async () => {
    await server.runPod('well', (incoming, response) => incoming.pipe(response));
    const body = 'x'.repeat(60_000);
    const answers = new Set<string>();
    for (let index = 0; index < 20; index++) answers.add(JSON.stringify(await send('PUT', '/', body)));
    expect(answers).toEqual(new Set([JSON.stringify({ status: 200, body })]));
    expect(seen.length).toBeGreaterThan(0);
  });

  test('is gone if it is too long to be kept', async () => {
    expect((await send('PUT', '/', 'x'.repeat(200_000))).status).toBe(502);
    expect(seen).toEqual(['PUT']);
  });

  test('is never sent again by a POST', async () => {
    expect((await send('POST', '/', 'x')).status).toBe(502);
    expect(seen).toEqual(['POST']);
  });
});

/**
 * Answers each request, and closes the connection a moment later, without having said so: what comes then is lost.
 * @returns paths of requests that it has answered.
 */
async function runImpatient(): Promise<string[]> {
  const served: string[] = [];
  const sockets = new Set<Socket>();
  const impatient = createServer((socket) => {
    sockets.add(socket);
    let isClosing = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const [, path] = /^\w+ (\S+) /.exec(chunk.toString()) ?? [];
      if (isClosing || path === undefined) return;
      served.push(path);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', () => {
        isClosing = true;
        setImmediate(() => socket.resetAndDestroy());
      });
    });
  }).listen(0, '127.0.0.1');
  await once(impatient, 'listening');
  ending.push(() => {
    for (const socket of sockets) socket.destroy();
    impatient.close();
  });
  const { port } = impatient.address() as AddressInfo;
  server.endpoints.set(workload, 'impatient', `http://127.0.0.1:${port}`);
  return served;
}

describe('a pod that closes its idle connections at once', () => {
  test('loses no request that can be repeated', async () => {
    await runImpatient();
    const rounds = Array.from({ length: 100 }, (_, index) => index);
    for (const round of rounds) {
      const answers = await Promise.all([1, 2, 3, 4].map(async (name) => send('GET', `/${name}/${round}`)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    }
  });

  test('gets no other one twice', async () => {
    const served = await runImpatient();
    const answered: string[] = [];
    for (let index = 0; index < 200; index++) {
      const path = `/${index}`;
      const { status } = await send('POST', path);
      expect([200, 502]).toContain(status);
      if (status === 200) answered.push(path);
    }
    expect(new Set(served).size).toBe(served.length);
    expect(served).toEqual(expect.arrayContaining(answered));
  });
});

/** All ready pods. */
function endpoints(): Endpoint[] {
  const found = new Set<Endpoint>();
  for (;;) {
    const wish = { tried: found, concurrency: Infinity, isRepeatable: true };
    const endpoint = server.pods.take(wish);
    if (typeof endpoint !== 'object') return [...found];
    server.pods.release(endpoint, false);
    found.add(endpoint);
  }
}

/** On how many requests they work. */
function busy(): number {
  return endpoints().reduce((sum, { working }) => sum + working, 0);
}

describe('a pod that fails again and again', () => {
  test('is left out, and comes back when it has recovered', async () => {
    let isWell = false;
    let asked = 0;
    await server.runPod('failing', (incoming, response) => {
      asked += 1;
      if (isWell) response.end('recovered');
      else incoming.socket.destroy();
    });
    await server.runPod('well', (_, response) => response.end('well'));
    await until('it has failed three times', async () => {
      await send('POST');
      return asked === 3;
    });
    // These would not be sent again, and don't ask how it is.
    for (let index = 0; index < 50; index++) expect((await send('POST')).body).toBe('well');
    expect(asked).toBe(3);
    isWell = true;
    await until('it is asked again', async () => (await send('GET')).body === 'recovered');
  });

  test('is not left out for what the app answers', async () => {
    let asked = 0;
    await server.runPod('erring', (_, response) => {
      asked += 1;
      response.writeHead(500).end('erring');
    });
    await server.runPod('well', (_, response) => response.end('well'));
    for (let index = 0; index < 100; index++) await send('POST');
    expect(asked).toBeGreaterThan(20);
  });

  test('is not left out, nor another one asked, for headers that are too large; the answer says so', async () => {
    let asked = 0;
    for (const name of ['one', 'other'])
      await server.runPod(name, (_, response) => {
        asked += 1;
        response.writeHead(200, { 'x-large': 'x'.repeat(40_000) }).end();
      });
    for (let index = 0; index < 8; index++) {
      const { status, body } = await send('GET');
      expect(status).toBe(502);
      expect(body).toContain('The headers of the response of ui are larger than 32 KiB.');
    }
    expect(asked).toBe(8);
    expect(endpoints().every(({ health }) => health.isWell)).toBe(true);
  });

  test('is not left out for clients that break off', async () => {
    let left = 0;
    for (const name of ['one', 'other'])
      await server.runPod(name, (incoming, response) => {
        incoming.on('error', () => undefined).resume();
        response.on('close', () => (left += 1));
      });
    for (let index = 0; index < 12; index++) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf');
      await until('it is under way', () => busy() === 1);
      socket.destroy();
      await until('its pod is told', () => left === index + 1 && busy() === 0);
    }
    expect(endpoints().every(({ health }) => health.isWell)).toBe(true);
  });

  test('is asked on if there is no other one', async () => {
    let asked = 0;
    await server.runPod('failing', (incoming) => {
      asked += 1;
      incoming.socket.destroy();
    });
    for (let index = 0; index < 10; index++) expect((await send('POST')).status).toBe(502);
    expect(asked).toBe(10);
  });

  test('is passed over if it can not be connected to, whatever the method', async () => {
    for (const name of ['gone', 'away'])
      server.endpoints.set(workload, name, `http://127.0.0.1:${await freePort()}`);
    await server.runPod('well', (_, response) => response.end('well'));
    for (let index = 0; index < 30; index++) expect((await send('POST', '/', 'x')).body).toBe('well');
  });
});

test('what nobody waits for any more is not sent, though a pod was being connected to', async () => {
  await server.end();
  server = await startDelivery(() => ({ timeout: 200 }));
  // Nobody answers there: TEST-NET-1 (RFC 5737).
  server.endpoints.set(workload, 'silent', 'http://192.0.2.1:80');
  const { status, body } = await send('POST', '/', 'x');
  expect([502, 503, 504]).toContain(status);
  expect(body).toContain('urn:fox:problem:');
});

test('what is tried again as its answer could not be passed on still has its deadline', async () => {
  const strict = await startDelivery(() => ({
    timeout: 500,
    shape: () => {
      throw new Error('not to be told');
    },
  }));
  ending.push(strict.end);
  let count = 0;
  await strict.runPod('pod', (_, response) => {
    count += 1;
    if (count === 1) response.end('answered');
  });
  const { status } = await fetch(strict.url);
  expect([status, count]).toEqual([504, 2]);
});

test('a pod that dies is given a part of its work again, not two or three times as much', async () => {
  let count = 0;
  await server.runPod('dying', ({ socket }) => {
    count += 1;
    socket.destroy();
  });
  const requests = 200;
  await Promise.all(Array.from({ length: requests }, async () => send('GET')));
  expect(count).toBeGreaterThan(requests);
  // A fifth of them, and the hundred that may always be.
  expect(count).toBeLessThanOrEqual(requests + 0.2 * requests + 100);
});
