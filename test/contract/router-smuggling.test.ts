// What of a request's bytes reaches a component: framed anew, with nothing that only fox may say. Bad requests have a corpus, bad-requests.ts.
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

test('what only fox says is dropped, wherever it stands', async () => {
  const forged = [
    'baggage: kf-dep=shop-v9,kf-ve=other,kf-deadline=1,kf-probe=p,kf-new=x,own=1',
    'BAGGAGE: kf-dep=shop-v8',
    'x-fox-env: forged',
    'X-Fox-Params: forged=1',
    'x-fox-timeout: 1',
    'x-fox-new: forged',
  ];
  const received = await exchange(
    `GET /forged HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${forged.join('\r\n')}\r\n\r\n`,
  );
  expect(received).toContain('reached');
  const headers: Record<string, unknown> = pod.seen[0]?.headers ?? {};
  const members = String(headers['baggage']).split(',');
  expect(members).toEqual(expect.arrayContaining(['kf-dep=shop-v1', 'kf-ve=dev', 'own=1']));
  expect(String(headers['baggage'])).not.toMatch(/v8|v9|other|kf-probe|kf-new|kf-deadline=1(?!\d)/);
  expect(JSON.stringify(headers)).not.toContain('forged=1');
  for (const name of ['x-fox-env', 'x-fox-new', 'x-fox-params']) expect(headers[name]).toBeUndefined();
  expect(headers['x-fox-timeout']).not.toBe('1');
});

test('of an absolute target, the component gets the path, and its host as Host', async () => {
  const head = 'GET http://Shop.example:81/a?b=http://x HTTP/1.1\r\nhost: other\r\n';
  await exchange(`${head}connection: close\r\n\r\n`);
  expect(pod.seen[0]?.url).toBe('/a?b=http://x');
  expect(pod.seen[0]?.headers).toMatchObject({
    host: 'Shop.example:81',
    'x-forwarded-host': 'Shop.example:81',
    'x-forwarded-proto': 'http',
  });
  await exchange('GET http://old.example/ HTTP/1.0\r\n\r\n');
  expect(pod.seen[1]?.headers.host).toBe('old.example');
});
