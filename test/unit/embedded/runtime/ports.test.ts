// Ports are free when they are given out, and never given out twice.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CallPorts } from '../../../../src/embedded/runtime/call-ports.ts';
import { listeningPorts } from '../../../../src/embedded/runtime/listening-ports.ts';
import { isFree, PortAllocator, waitForListener } from '../../../../src/embedded/runtime/port-allocator.ts';
import { readProcess } from '../../../../src/embedded/runtime/process-identity.ts';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import type { ObjectStore } from '../../../../src/embedded/store/object-store.ts';

let dir: string;
let store: ObjectStore;
const servers: Server[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fox-ports-'));
  store = openStore(join(dir, 'store'));
});

afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

async function listen(port: number, host = '127.0.0.1'): Promise<Server> {
  const server = createServer().listen(port, host);
  servers.push(server);
  await once(server, 'listening');
  return server;
}

test('a port is chosen below the ranges of outgoing connections, once', async () => {
  const ports = new PortAllocator();
  const chosen = await Promise.all(Array.from({ length: 50 }, (_, index) => ports.choose(`pod ${index}`)));
  expect(new Set(chosen).size).toBe(50);
  for (const port of chosen) expect(port).toBeGreaterThanOrEqual(20_000);
  for (const port of chosen) expect(port).toBeLessThan(30_000);
});

test('a port is claimed only by one owner, and only while nobody listens on it', async () => {
  const ports = new PortAllocator();
  const port = await ports.choose('a');
  expect(await ports.claim(port, 'b')).toBe(false);
  expect(await ports.claim(port, 'a')).toBe(true);
  ports.release(port, 'b');
  expect(await ports.claim(port, 'b')).toBe(false);
  ports.release(port, 'a');
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const server = await listen(port, host);
    expect(await ports.claim(port, 'b')).toBe(false);
    server.close();
    await once(server, 'close');
  }
  expect(await ports.claim(port, 'b')).toBe(true);
});

test('a listener is waited for, and given up', async () => {
  const port = await new PortAllocator().choose('a');
  expect(await waitForListener(port, AbortSignal.timeout(50))).toBe(false);
  const waiting = waitForListener(port, AbortSignal.timeout(10_000));
  await listen(port);
  expect(await waiting).toBe(true);
  expect(await isFree(port)).toBe(false);
});

test('call ports belong to a workload: shared by its pods, durable, forgotten with the last', async () => {
  const before = new CallPorts(store.records, new PortAllocator());
  const [one, two] = await Promise.all([
    before.obtain('w1', ['api', 'review']),
    before.obtain('w1', ['review', 'api']),
  ]);
  expect(two).toEqual(one);
  const other = await before.obtain('w2', ['api']);
  expect(other['api']).not.toBe(one['api']);
  const after = new CallPorts(store.records, new PortAllocator());
  await after.restore(new Set(['w1']));
  expect(await after.obtain('w1', ['api', 'review'])).toEqual(one);
  expect(store.records.entries('call-ports/').map(({ key }) => key)).toEqual(['call-ports/w1']);
  await after.forget('w1', () => true);
  expect(await after.obtain('w1', ['api', 'review'])).toEqual(one);
  await after.forget('w1', () => false);
  expect(store.records.entries('call-ports/')).toEqual([]);
});

test('a call port that a stranger took meanwhile is chosen anew, the others stay', async () => {
  const table = await new CallPorts(store.records, new PortAllocator()).obtain('w1', ['api', 'review']);
  await listen(table['api'] ?? 0);
  const after = new CallPorts(store.records, new PortAllocator());
  await after.restore(new Set(['w1']));
  const revised = await after.obtain('w1', ['api', 'review']);
  expect(revised['review']).toBe(table['review']);
  expect(revised['api']).not.toBe(table['api']);
});

test.skipIf(process.platform !== 'linux')('the ports of a process group are found', async () => {
  const port = await new PortAllocator().choose('a');
  await listen(port);
  expect(await listeningPorts(readProcess(process.pid)?.group ?? 0)).toContain(port);
  expect(await listeningPorts(1)).not.toContain(port);
});
