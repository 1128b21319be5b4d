// What a home says of its cluster: running, stopped, or left behind by a daemon that died.
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claim, ownIdentity, readOwner, release } from '../../../../src/embedded/daemon/claim.ts';
import { readCluster, stopCluster } from '../../../../src/embedded/daemon/cluster.ts';
import {
  type ClusterFile,
  removeClusterFile,
  writeClusterFile,
} from '../../../../src/embedded/daemon/cluster-file.ts';
import { logMessage, openDaemonLog, rotateLog } from '../../../../src/embedded/daemon/daemon-log.ts';
import { rememberedPort } from '../../../../src/embedded/daemon/remembered-port.ts';
import { PortAllocator } from '../../../../src/embedded/runtime/port-allocator.ts';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import { storeDirectory } from '../../../../src/embedded/store/store-directory.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'fox-home-'));
});

afterEach(() => rm(home, { recursive: true, force: true }));

function fileOf(change: Partial<ClusterFile> = {}): ClusterFile {
  return {
    process: ownIdentity(),
    startedAt: '2026-01-02T03:04:05Z',
    server: 'https://127.0.0.1:20001',
    edge: 'http://127.0.0.1:20002',
    kubeconfig: join(home, 'kubeconfig'),
    token: 't',
    authority: 'a',
    version: '1',
    ...change,
  };
}

test('a cluster runs as long as the very process that wrote its file', async () => {
  expect(readCluster(home)).toEqual({ state: 'stopped' });
  await writeClusterFile(home, fileOf());
  expect(readCluster(home)).toMatchObject({
    state: 'running',
    pid: process.pid,
    edge: 'http://127.0.0.1:20002',
  });
  expect(JSON.stringify(readCluster(home))).not.toContain('token');
  expect((await stat(join(home, 'cluster.json'))).mode & 0o777).toBe(0o600);
  await removeClusterFile(home);
  expect(readCluster(home)).toEqual({ state: 'stopped' });
  expect(await readdir(home)).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'a pid that another process got since is not taken for the cluster, and not ended',
  async () => {
    await writeClusterFile(home, fileOf({ process: { ...ownIdentity(), startTime: '1' } }));
    expect(readCluster(home)).toEqual({ state: 'stale' });
    await mkdir(storeDirectory(home));
    expect(await stopCluster(home)).toBe(false);
    expect(readCluster(home)).toEqual({ state: 'stopped' });
  },
);

test.each(['', '{', 'null', '{"process": 3}'])('a damaged file (%j) is no cluster', async (text) => {
  await writeFile(join(home, 'cluster.json'), text);
  expect(readCluster(home)).toEqual({ state: 'stopped' });
});

test('a home without a cluster has nothing to stop, and stays as it is', async () => {
  expect(await stopCluster(home)).toBe(false);
  expect(await readdir(home)).toEqual([]);
});

test('a claim holds while its process lives, and is taken over after', async () => {
  const store = openStore(home);
  const dead = { ...ownIdentity(), pid: ownIdentity().pid + 1, startTime: '1' };
  await store.records.update('owner', () => ({ value: dead, result: undefined }));
  expect(readOwner(store.records)).toBeUndefined();
  expect(await claim(store.records)).toBeUndefined();
  expect(readOwner(store.records)).toEqual(ownIdentity());
  await release(store.records);
  expect(readOwner(store.records)).toBeUndefined();
  const { ppid } = process;
  const parent = await import('../../../../src/embedded/runtime/process-identity.ts').then(({ identify }) =>
    identify(ppid),
  );
  await store.records.update('owner', () => ({ value: parent, result: undefined }));
  expect(await claim(store.records)).toEqual(parent);
  await release(store.records);
  expect(readOwner(store.records)).toEqual(parent);
  await store.close();
});

test('ports stay the same, move when they are taken, and are refused when they were asked for', async () => {
  const store = openStore(home);
  const { port } = await rememberedPort(store.records, new PortAllocator(), 'api', undefined);
  expect(await rememberedPort(store.records, new PortAllocator(), 'api', undefined)).toEqual({ port });
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  await expect(rememberedPort(store.records, new PortAllocator(), 'api', port)).rejects.toMatchObject({
    code: 'PORT_TAKEN',
  });
  const moved = await rememberedPort(store.records, new PortAllocator(), 'api', undefined);
  expect(moved.movedFrom).toBe(port);
  expect(moved.port).not.toBe(port);
  server.close();
  await once(server, 'close');
  expect(await rememberedPort(store.records, new PortAllocator(), 'api', undefined)).toEqual({
    port: moved.port,
  });
  expect(await rememberedPort(store.records, new PortAllocator(), 'api', port)).toEqual({ port });
  await store.close();
});

test('the log has one timed line per message, private, and begins anew when it is long', async () => {
  const path = join(home, 'cluster.log');
  const log = openDaemonLog(path);
  log.info('hello');
  log.error(new Error('oh', { cause: new Error('deep') }));
  const text = await readFile(path, 'utf8');
  expect(logMessage(text.split('\n')[0] ?? '')).toBe('hello');
  expect(text).toContain('Error: oh\n');
  expect(text).toContain('cause: Error: deep');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  rotateLog(path);
  expect(await readdir(home)).toEqual(['cluster.log']);
  await writeFile(path, Buffer.alloc(6 * 1024 * 1024));
  rotateLog(path);
  expect(await readdir(home)).toEqual(['cluster.log.1']);
});
