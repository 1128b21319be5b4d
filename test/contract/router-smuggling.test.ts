// Requests that two parsers could read differently are refused, and never reach a component as something else.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { type RunningPod, World } from './router-world.ts';

let world: World;
let pod: RunningPod;
beforeAll(async () => {
  world = await World.create();
  world.putEnvironment('dev', {}, true);
  const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
  pod = await world.runPod(manifest, 'dev', 'ui', (incoming, response) => {
    incoming.resume().on('end', () => response.end('reached'));
  });
  world.putVersion(manifest, ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
  await world.startRouter();
});
afterAll(async () => world.end());
beforeEach(() => {
  pod.seen.length = 0;
});

/** Sends bytes on a connection of their own and returns all that comes back until it is closed. */
async function exchange(bytes: string): Promise<string> {
  const client = connect(Number(new URL(world.router?.url ?? '').port), '127.0.0.1');
  let received = '';
  client.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  client.on('error', () => undefined);
  client.write(bytes, 'latin1');
  await once(client, 'close');
  return received;
}

const smuggled = 'GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n';

test.each([
  [
    'length and chunks',
    `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'two lengths',
    `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}`,
  ],
  [
    'a list of lengths',
    `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0, ${smuggled.length}\r\n\r\n${smuggled}`,
  ],
  ['a signed length', `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: +0\r\n\r\n${smuggled}`],
  ['a hexadecimal length', `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0x0\r\n\r\n${smuggled}`],
  [
    'chunks that are not last',
    `POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'an unknown coding',
    `POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'a space before the colon',
    `POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'a chunk size that is none',
    `POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n\r\n${smuggled}`,
  ],
  ['a bare line feed', `GET / HTTP/1.1\r\nhost: x\nx-a: 1\r\n\r\n${smuggled}`],
  ['a header name with a NUL', `GET / HTTP/1.1\r\nhost: x\r\nx\0a: 1\r\n\r\n${smuggled}`],
  ['a value with a carriage return', `GET / HTTP/1.1\r\nhost: x\r\nx-a: 1\rx-b: 2\r\n\r\n${smuggled}`],
  ['a target with a space', `GET /a b HTTP/1.1\r\nhost: x\r\n\r\n${smuggled}`],
  ['headers without end', `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(70_000)}\r\n\r\n${smuggled}`],
])('%s: refused, and nothing behind it is read as a request', async (_, bytes) => {
  const received = await exchange(bytes);
  expect(received).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(received).not.toContain('reached');
  expect(pod.seen.map(({ url }) => url)).toEqual([]);
});

test.each([
  ['no host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n'],
  ['two hosts', 'GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n'],
])('%s: refused', async (_, bytes) => {
  expect(await exchange(bytes)).toMatch(/^HTTP\/1\.1 400 /);
  expect(pod.seen).toEqual([]);
});

test('CONNECT opens no tunnel', async () => {
  expect(await exchange('CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 405 /,
  );
});

test('a body is framed anew: chunk extensions and trailers end at the router', async () => {
  const received = await exchange(
    `POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3;ext=${'x'.repeat(10)}\r\nabc\r\n0\r\nx-fox-env: forged\r\n\r\n`,
  );
  expect(received).toContain('reached');
  expect(pod.seen[0]?.trailers).toEqual({});
  expect(pod.seen[0]?.headers['x-fox-env']).toBeUndefined();
});

test('HTTP/1.0 is answered without chunks and closed', async () => {
  const received = await exchange('GET / HTTP/1.0\r\n\r\n');
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(received).not.toMatch(/transfer-encoding/i);
  expect(received.endsWith('\r\n\r\nreached')).toBe(true);
});

test('bytes that are no ASCII pass through as they are', async () => {
  await exchange('GET / HTTP/1.1\r\nhost: x\r\nx-latin: caf\xe9\r\nconnection: close\r\n\r\n');
  expect(pod.seen[0]?.headers['x-latin']).toBe('caf\xe9');
});
