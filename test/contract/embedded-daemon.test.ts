// The daemon as real processes: one per home, durable through sudden deaths, and gone without a trace when it is stopped.
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openOffline } from '../../src/embedded/api/offline.ts';
import { stopCluster } from '../../src/embedded/daemon/cluster.ts';
import { PortAllocator } from '../../src/embedded/runtime/port-allocator.ts';
import { identify, isAlive } from '../../src/embedded/runtime/process-identity.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import type { Json } from './cluster/cluster-under-test.ts';
import { buildPrograms, pidsOf, type Programs, TestHome } from './embedded-daemon-home.ts';
import { server } from './embedded-runtime-node.ts';

let programs: Programs;
let home: TestHome;

beforeAll(async () => {
  programs = await buildPrograms();
});

afterAll(() => rm(programs.dir, { recursive: true, force: true }));

beforeEach(async () => {
  home = await TestHome.create(programs);
});

afterEach(() => home.end());

async function occupy(port = 0): Promise<{ port: number; close: () => void }> {
  const stranger = createServer().listen(port, '127.0.0.1');
  await once(stranger, 'listening');
  return { port: (stranger.address() as { port: number }).port, close: () => stranger.close() };
}

test('a cluster starts, runs a Deployment, and stops with all its processes', async () => {
  const info = await home.start();
  expect(home.state).toBe('running');
  expect((await home.client.get('/readyz')).status).toBe(200);
  expect(info).toMatchObject({ version: '0.0.0-test', pid: home.daemon.pid });
  await home.deploy(server, { replicas: 2 });
  const pids = pidsOf(await home.seeAvailable(2));
  const log = await home.client.get(
    `/api/v1/namespaces/default/pods/${(await home.pods())[0].metadata.name}/log`,
  );
  expect(log.text).toMatch(/^starting on \d+\n$/);
  const { daemon } = home;
  expect(await home.stop()).toBe(true);
  expect([daemon.pid, ...pids].map(identify)).toEqual([undefined, undefined, undefined]);
  expect(home.state).toBe('stopped');
  expect(home.log).toContain('stopping: SIGTERM');
  expect(await home.stop()).toBe(false);
});

test('its files are private to the user', async () => {
  await home.start();
  const modes = await Promise.all(
    ['.', ...(await readdir(home.home))].map(async (name) => {
      const found = await stat(join(home.home, name));
      return [name, found.isDirectory() ? 0o700 : 0o600, found.mode & 0o777] as const;
    }),
  );
  expect(modes.map(([name, , mode]) => [name, mode])).toEqual(modes.map(([name, mode]) => [name, mode]));
  expect(modes.map(([name]) => name)).toEqual(
    expect.arrayContaining(['cluster.json', 'cluster.log', 'kubeconfig', 'store', 'tls.pem']),
  );
});

test('what was stopped comes back: objects, pods, ports', async () => {
  const first = await home.start();
  await home.deploy(server);
  const [before] = await home.seeAvailable(1);
  await home.stop();
  const second = await home.start();
  expect([second.server, second.edge]).toEqual([first.server, first.edge]);
  const [after] = await home.seeAvailable(1);
  expect(after.metadata).toMatchObject({ name: before.metadata.name, uid: before.metadata.uid });
  expect(after.metadata.annotations['kubefox.io/port']).toBe(before.metadata.annotations['kubefox.io/port']);
  expect(after.status.containerStatuses[0]).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { exitCode: 0 } },
  });
});

test('a stopped cluster tells from its disk what it has, and that none of it runs', async () => {
  await home.start();
  await home.deploy(server);
  await home.seeAvailable(1);
  await home.stop();
  const offline = await openOffline(home.home);
  const read = async (path: string): Promise<Json> =>
    json((await offline.transport({ method: 'GET', path })).body);
  const pods = await read('/api/v1/namespaces/default/pods');
  const deployment = await read('/apis/apps/v1/namespaces/default/deployments/web');
  await offline.close();
  expect(pods.items[0].status.containerStatuses[0]).toMatchObject({
    ready: false,
    state: { terminated: {} },
  });
  expect(deployment.status.availableReplicas).toBeUndefined();
});

test('ten starts at once, in processes of their own, give one cluster', async () => {
  const ended = await Promise.all(Array.from({ length: 10 }, () => home.startElsewhere()));
  expect(ended.map(({ code }) => code)).toEqual(Array.from({ length: 10 }, () => 0));
  expect(new Set(ended.map(({ stdout }) => stdout))).toEqual(new Set([String(home.daemon.pid)]));
  expect(home.log.match(/running: API/g)).toHaveLength(1);
  expect((await home.runDaemon()).code).toBe(75);
});

test('ten starts at once after a sudden death give one cluster, with the same pods and none twice', async () => {
  await home.start();
  await home.deploy(server, { replicas: 2 });
  const before = await home.seeAvailable(2);
  await home.kill();
  expect(home.state).toBe(process.platform === 'linux' ? 'stale' : 'stopped');
  const old = pidsOf(before);
  const ended = await Promise.all(Array.from({ length: 10 }, () => home.startElsewhere()));
  expect(new Set(ended.map(({ code, stdout }) => `${code} ${stdout}`))).toEqual(
    new Set([`0 ${home.daemon.pid}`]),
  );
  const after = await home.seeAvailable(2);
  expect(after.map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
  expect(after.map(({ status }) => status.containerStatuses[0])).toEqual([
    expect.objectContaining({
      restartCount: 1,
      lastState: { terminated: expect.objectContaining({ reason: 'Unknown' }) },
    }),
    expect.objectContaining({ restartCount: 1 }),
  ]);
  expect(old.map(identify)).toEqual([undefined, undefined]);
  expect(home.log).toContain('ended 2 processes that an earlier daemon left behind');
});

test('killed in the middle of writes again and again, it keeps every write that it acknowledged', async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round++) {
    await home.start();
    const { client } = home;
    const write = async (writer: number) => {
      for (let index = 0; ; index++) {
        const name = `c-${round}-${writer}-${index}`;
        const answer = await client
          .post('/api/v1/namespaces/default/configmaps', {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name },
          })
          .catch(() => undefined);
        if (answer === undefined) return;
        if (answer.status === 201) acknowledged.push(name);
      }
    };
    const before = acknowledged.length;
    const writing = [0, 1, 2].map(write);
    await eventually(() => acknowledged.length > before + 30 * (round + 1));
    await home.kill();
    await Promise.all(writing);
  }
  await home.start();
  const { items } = (await home.client.get('/api/v1/namespaces/default/configmaps')).body;
  const names = new Set((items as Json[]).map(({ metadata }) => metadata.name));
  expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
});

test('killed at any moment of a pod’s start, nothing is left running and the pods come up', async () => {
  await home.start();
  await home.deploy(server, { replicas: 6 });
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setTimeout(resolve, round * 15));
    await home.kill();
    await home.start();
  }
  const pods = await home.seeAvailable(6);
  expect(pods).toHaveLength(6);
  await home.kill();
  expect(await stopCluster(home.home)).toBe(false);
  // Whatever any round started carries the mark of one of these pods.
  const uids = pods.map(({ metadata }) => metadata.uid as string);
  expect(await marked(uids)).toEqual([]);
});

async function marked(uids: readonly string[]): Promise<string[]> {
  const { markedProcesses } = await import('../../src/embedded/runtime/marked-processes.ts');
  return (await markedProcesses(new Set(uids))).map(({ pid }) => String(pid));
}

test('after a sudden death, stop ends what is left, and the disk no longer claims that it runs', async () => {
  await home.start();
  await home.deploy(server);
  const pids = pidsOf(await home.seeAvailable(1));
  await home.kill();
  expect(pids.map(identify)).not.toContain(undefined);
  expect(await home.stop()).toBe(false);
  expect(pids.map(identify)).toEqual([undefined]);
  const offline = await openOffline(home.home);
  const pods = (await json((await offline.transport({ method: 'GET', path: '/api/v1/pods' })).body)) as Json;
  await offline.close();
  expect(pods.items[0].status.conditions.find(({ type }: Json) => type === 'Ready').status).toBe('False');
});

test('a port that was asked for and is taken is refused; the same one free is used', async () => {
  const stranger = await occupy();
  await expect(home.start({ port: stranger.port })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringContaining(`port ${stranger.port}`),
  });
  await expect(home.start({ edgePort: stranger.port })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  const ended = await home.runDaemon('--port', String(stranger.port));
  expect(ended.code).toBe(8);
  expect(home.log.trimEnd().split('\n').at(-1)).toContain(`port ${stranger.port} of 127.0.0.1 is in use`);
  stranger.close();
  const free = await new PortAllocator().choose('test');
  expect((await home.start({ port: free })).server).toBe(`https://127.0.0.1:${free}`);
});

test('remembered ports that are taken at a restart move, and that is said', async () => {
  const first = await home.start();
  await home.stop();
  const [from, edgeFrom] = [first.server, first.edge].map((url) => Number(new URL(url).port));
  const strangers = [await occupy(from), await occupy(edgeFrom)];
  const second = await home.start();
  expect(second.moved).toEqual({
    server: { from, to: Number(new URL(second.server).port) },
    edge: { from: edgeFrom, to: Number(new URL(second.edge).port) },
  });
  expect(home.log).toContain(`server: port ${from} is taken`);
  for (const stranger of strangers) stranger.close();
  await home.stop();
  const third = await home.start();
  expect(third).toMatchObject({ server: second.server, edge: second.edge });
  expect(third.moved).toBeUndefined();
});

test.each([
  [
    'a damaged store',
    async () => writeFile(join(home.home, 'store/objects.mdb'), 'not a database'.repeat(1000)),
    'objects.mdb',
  ],
  ['a program that cannot even be parsed', async () => undefined, 'SyntaxError'],
])('a start that fails says why: %s', async (what, damage, text) => {
  await home.start();
  await home.stop();
  await damage();
  const broken = join(home.dir, 'broken.mjs');
  await writeFile(broken, 'this is not JavaScript');
  const program = what.includes('program') ? broken : programs.daemon;
  const { startCluster } = await import('../../src/embedded/daemon/cluster.ts');
  const failure = await startCluster({ ...home.options, program }).catch((error: unknown) => error as Json);
  expect(failure).toMatchObject({ name: 'FoxError', code: 'CLUSTER_START_FAILED' });
  expect(`${failure.message}\n${failure.details.join('\n')}`).toContain(text);
  await rm(home.home, { recursive: true });
});

test('a start that is called off rejects with the reason', async () => {
  const { startCluster } = await import('../../src/embedded/daemon/cluster.ts');
  const reason = new Error('called off');
  await expect(startCluster({ ...home.options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('wrong arguments are refused', async () => {
  expect((await home.runDaemon('--port', 'eighty')).code).toBe(2);
  expect((await home.runDaemon('--nonsense')).code).toBe(2);
});

test('a deleted Deployment takes its pods with it', async () => {
  await home.start();
  await home.deploy(server, { replicas: 2 });
  const pids = pidsOf(await home.seeAvailable(2));
  await home.client.delete('/apis/apps/v1/namespaces/default/deployments/web');
  await eventually(async () => (await home.pods()).length === 0);
  expect(pids.map(identify)).toEqual([undefined, undefined]);
});

test('a daemon whose home is removed ends, with its pods', async () => {
  await home.start();
  await home.deploy(server);
  const pids = pidsOf(await home.seeAvailable(1));
  const { daemon } = home;
  await rm(home.home, { recursive: true });
  await eventually(() => !isAlive(daemon));
  expect(pids.map(identify)).toEqual([undefined]);
});

const router = `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { values } = (await import('node:util')).parseArgs({ strict: false, allowPositionals: true });
createServer((request, response) => { if (request.url === '/die') process.exit(3); response.end('routed'); })
  .listen(Number(process.argv[process.argv.indexOf('--edge') + 1].split(':')[1]), '127.0.0.1');
process.stdin.on('end', () => { console.log('stdin ended'); process.exit(0); }).resume();
process.on('SIGTERM', () => { console.log('router told to end'); process.exit(0); });
// Last, so that whoever reads it finds a router that can be told to end.
console.log('router ' + process.pid + ' ' + process.argv.slice(2).join(' '));
`;

async function routerLog(): Promise<string> {
  return readFile(join(home.home, 'router.log'), 'utf8').catch(() => '');
}

async function routerPids(): Promise<number[]> {
  return [...(await routerLog()).matchAll(/^router (\d+)/gm)].map(([, pid]) => Number(pid));
}

test('the router runs beside the daemon, is started again when it dies, and ends with it', async () => {
  await home.writeRouter(router);
  const { edge, kubeconfig } = await home.start();
  const routed = () =>
    fetch(edge, { headers: { connection: 'close' } }).then(
      (response) => response.text(),
      () => false as const,
    );
  expect(await eventually(routed)).toBe('routed');
  expect(await routerLog()).toContain(
    `--kubeconfig ${kubeconfig} --namespace default --id embedded --edge ${new URL(edge).host} --mode embedded`,
  );
  await fetch(`${edge}/die`).catch(() => undefined);
  await eventually(async () => (await routerPids()).length === 2);
  expect(home.log).toContain('the router ended with exit code 3');
  await home.stop();
  expect(await routerLog()).toContain('router told to end');
  expect((await routerPids()).map(identify)).toEqual([undefined, undefined]);
});

test('the router ends by itself when the daemon dies, and a stubborn one is ended by the next daemon', async () => {
  await home.writeRouter(router);
  await home.start();
  await eventually(async () => (await routerPids()).length === 1);
  await home.kill();
  await eventually(async () => (await routerPids()).every((pid) => identify(pid) === undefined));
  expect(await routerLog()).toContain('stdin ended');
  await home.writeRouter(
    router
      .replace("process.on('SIGTERM'", "process.on('SIGUSR2'")
      .replace('process.exit(0); }).resume()', '}).resume()'),
  );
  await home.start();
  await eventually(async () => (await routerPids()).length === 2);
  await home.kill();
  const [, stubborn] = await routerPids();
  expect(identify(stubborn ?? 0)).toBeDefined();
  await home.writeRouter(router);
  await home.start();
  expect(identify(stubborn ?? 0)).toBeUndefined();
});
