// The process runtime with real processes: what a Pod says is what runs, and what runs is what its status says.
import { readdir, realpath } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identify } from '../../src/embedded/runtime/process-identity.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import { writeImage } from '../unit/embedded/image-fixture.ts';
import { pidOf, server, TestNode } from './embedded-runtime-node.ts';

let node: TestNode;

beforeEach(async () => {
  node = await TestNode.start();
});

afterEach(() => node.end());

function portOf(name = 'web'): string | undefined {
  return node.pod(name)?.metadata.annotations?.['kubefox.io/port'];
}

/** Undefined while somebody else listens there. */
function occupy(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const stranger = createServer();
    stranger.once('error', () => resolve(undefined));
    stranger.listen(port, '127.0.0.1', () => resolve(stranger));
  });
}

test('a pod gets its process, port, status and place', async () => {
  const env = [{ name: 'GREETING', value: 'hello $(PORT)' }];
  await node.run(server, { container: { env, args: ['one', '$(GREETING)'] } });
  const pod = await node.seeReady();
  expect(pod.spec.nodeName).toBe('embedded');
  expect(pod.status).toMatchObject({ phase: 'Running', podIP: '127.0.0.1', hostIP: '127.0.0.1' });
  expect(
    Object.fromEntries((pod.status?.conditions ?? []).map(({ type, status }) => [type, status])),
  ).toEqual({
    PodScheduled: 'True',
    Initialized: 'True',
    ContainersReady: 'True',
    Ready: 'True',
  });
  expect(node.status()).toMatchObject({
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: {} },
    lastState: {},
  });
  const port = portOf();
  const {
    env: found,
    cwd,
    args,
  } = JSON.parse(await node.ask()) as { env: Record<string, string>; cwd: string; args: string[] };
  expect(found).toMatchObject({
    PORT: port,
    GREETING: `hello ${port}`,
    FOX_POD_UID: pod.metadata.uid,
    PATH: process.env['PATH'],
  });
  expect(Object.keys(found)).not.toContain('VITEST');
  expect(args).toEqual(['one', `hello ${port}`]);
  expect(await realpath(cwd)).toContain(await realpath(join(node.dir, 'rootfs')));
  expect(await node.log()).toContain(`starting on ${port}`);
  expect(node.events()).toEqual(expect.arrayContaining(['Started: Started container main']));
  expect(node.errors).toEqual([]);
});

test('pods of one image share its files, and have a port each', async () => {
  await Promise.all(['a', 'b', 'c'].map((name) => node.run(server, { name })));
  await Promise.all(['a', 'b', 'c'].map((name) => node.seeReady(name)));
  expect(new Set(['a', 'b', 'c'].map(portOf)).size).toBe(3);
  const unpacked = await readdir(join(node.dir, 'rootfs'));
  expect(unpacked.filter((name) => /^[0-9a-f]{64}$/.test(name))).toHaveLength(1);
});

test('the image says what to run when the container does not', async () => {
  const image = await writeImage(node.images, [{ entries: [{ name: 'srv/server.js', content: server }] }], {
    WorkingDir: '/srv',
    Entrypoint: ['node'],
    Cmd: ['server.js', 'from-image'],
    Env: ['MODE=production'],
  });
  await node.run('', { container: { image, command: [] } });
  await node.seeReady();
  expect(JSON.parse(await node.ask())).toMatchObject({ args: ['from-image'], env: { MODE: 'production' } });
});

test('a missing image is told, and the pod starts once it is there', async () => {
  const image = `web@sha256:${'0'.repeat(64)}`;
  await node.run('', { container: { image } });
  const pod = await node.see(
    (_pod, status) =>
      status !== undefined && 'waiting' in status.state && status.state.waiting.reason === 'ErrImagePull',
  );
  expect(node.status()?.state).toMatchObject({
    waiting: { message: expect.stringContaining("isn't in the image store") },
  });
  expect(pod.status?.phase).toBe('Pending');
  expect(node.events().join('\n')).toContain("isn't in the image store");
});

test.each([
  [{ command: ['nonesuch'] }, 'RunContainerError', 'command "nonesuch" was not found in PATH'],
  [
    { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
    'CreateContainerConfigError',
    'secret "s" not found',
  ],
  [{ volumeMounts: [{ name: 'v', mountPath: '/v' }] }, 'CreateContainerConfigError', 'no volumes'],
  [{ workingDir: '/../..' }, 'ErrImagePull', 'leads out of the image'],
])('a container that cannot start says why: %j', async (container, reason, message) => {
  await node.run(server, { container });
  await node.see(
    (_pod, status) =>
      status !== undefined && 'waiting' in status.state && status.state.waiting.reason === reason,
  );
  expect(node.status()?.state).toMatchObject({ waiting: { message: expect.stringContaining(message) } });
});

test('a process that ends is started again after a while, with its end told', async () => {
  await node.run(`console.error('no database'); process.exit(3)`);
  await node.see(
    (_pod, status) =>
      status !== undefined && 'waiting' in status.state && status.state.waiting.reason === 'CrashLoopBackOff',
  );
  expect(node.status()).toMatchObject({
    ready: false,
    lastState: { terminated: { exitCode: 3, reason: 'Error', message: 'no database' } },
  });
  expect(node.pod()?.status?.phase).toBe('Running');
  await node.see((_pod, status) => (status?.restartCount ?? 0) >= 1);
  expect(node.events().join('\n')).toContain('BackOff: back-off 1s restarting failed container=main');
  await eventually(async () => (await node.log({ previous: true })) === 'no database\n');
});

test('a restart keeps pod, port and log of the run before', async () => {
  const { metadata } = await node.run(server);
  await node.seeReady();
  const [port, pid] = [portOf(), pidOf(node.status())];
  await node.ask('/exit?0').catch(() => undefined);
  await node.see((_pod, status) => status?.restartCount === 1 && status.ready);
  expect(node.pod()?.metadata.uid).toBe(metadata.uid);
  expect(portOf()).toBe(port);
  expect(pidOf(node.status())).not.toBe(pid);
  expect(node.status()?.lastState).toMatchObject({ terminated: { exitCode: 0, reason: 'Completed' } });
  expect(await node.log({ previous: true })).toContain('starting on');
});

test('a killed process is told with its signal', async () => {
  await node.run(server);
  await node.seeReady();
  process.kill(pidOf(node.status()), 'SIGKILL');
  await node.see((_pod, status) => 'terminated' in (status?.lastState ?? {}));
  expect(node.status()?.lastState).toMatchObject({ terminated: { exitCode: 137, signal: 9 } });
});

test('a port that a stranger took between two runs is replaced', async () => {
  await node.run(server);
  await node.seeReady();
  const port = Number(portOf());
  process.kill(pidOf(node.status()), 'SIGKILL');
  const stranger = await eventually(() => occupy(port));
  await node.see((_pod, status) => status?.restartCount === 1 && status.ready);
  expect(Number(portOf())).not.toBe(port);
  expect(await node.ask()).toContain(`"PORT":"${portOf()}"`);
  stranger.close();
});

test('restartPolicy is honoured: done is done, also after a restart', async () => {
  await node.run('process.exit(0)', { name: 'done', spec: { restartPolicy: 'OnFailure' } });
  await node.run('process.exit(2)', { name: 'failed', spec: { restartPolicy: 'Never' } });
  await node.see(({ status }) => status?.phase === 'Succeeded', 'done');
  await node.see(({ status }) => status?.phase === 'Failed', 'failed');
  await node.stop();
  await node.startAgain();
  await node.run(server);
  await node.seeReady();
  expect(node.pod('done')?.status?.phase).toBe('Succeeded');
  expect(node.status('failed')).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 2 } } });
});

test('a process that listens on another port is told so', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  other.close();
  await once(other, 'close');
  await node.run(`require('node:http').createServer(() => {}).listen(${port}, '127.0.0.1')`);
  const pod = await node.see(
    ({ status }) => status?.conditions?.some(({ message }) => message?.includes('nothing listens')) === true,
  );
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  const instead = process.platform === 'linux' ? `; it listens on ${port} instead` : '';
  expect(ready).toMatchObject({
    status: 'False',
    message: `nothing listens on port ${portOf()} (given as PORT)${instead}`,
  });
  expect(node.events().join('\n')).toContain('Unhealthy: nothing listens on port');
  expect(node.status()?.state).toHaveProperty('running');
});

test('readiness follows the probe, there and back', async () => {
  const source = `let well = false;
    require('node:http').createServer((request, response) => {
      if (request.url === '/well') well = true;
      if (request.url === '/ill') well = false;
      response.statusCode = request.url === '/health' && !well ? 503 : 200;
      response.end('ok');
    }).listen(process.env.PORT)`;
  const readinessProbe = { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1, failureThreshold: 1 };
  await node.run(source, { container: { readinessProbe } });
  await node.see(
    ({ status }) =>
      status?.conditions?.some(({ message }) => message?.includes('GET /health answered 503')) === true,
  );
  expect(await node.ask('/well')).toBe('ok');
  await node.seeReady();
  await node.ask('/ill');
  await node.see((_pod, status) => status?.ready === false);
  expect(node.status()).toMatchObject({ restartCount: 0, state: { running: {} } });
});

test('a process that fails its liveness probe is started again', async () => {
  const source = `let well = true;
    require('node:http').createServer((request, response) => {
      if (request.url === '/ill') well = false;
      response.statusCode = well ? 200 : 500;
      response.end('ok');
    }).listen(process.env.PORT)`;
  const livenessProbe = { httpGet: { path: '/live' }, periodSeconds: 1, failureThreshold: 2 };
  await node.run(source, { container: { livenessProbe } });
  await node.seeReady();
  await node.ask('/ill');
  await node.see((_pod, status) => status?.restartCount === 1 && status.ready);
  expect(node.events().join('\n')).toContain('Liveness probe failed: GET /live answered 500');
});

test('a startup probe holds back the others', async () => {
  const source = `const since = Date.now();
    require('node:http').createServer((request, response) => {
      response.statusCode = request.url !== '/started' || Date.now() - since > 1500 ? 200 : 503;
      response.end('ok');
    }).listen(process.env.PORT)`;
  const startupProbe = { httpGet: { path: '/started' }, periodSeconds: 1, failureThreshold: 30 };
  await node.run(source, { container: { startupProbe } });
  await node.see(
    (_pod, status) => status !== undefined && 'running' in status.state && !status.started && !status.ready,
  );
  await node.seeReady();
  expect(node.status()).toMatchObject({ started: true, restartCount: 0 });
});

test('deletion: unready at once, drained, told to end, gone', async () => {
  await node.run(server, { container: { lifecycle: { preStop: { sleep: { seconds: 1 } } } } });
  await node.seeReady();
  const pid = pidOf(node.status());
  const log: string[] = [];
  const follow = async () => {
    const options = { follow: true, previous: false, timestamps: false };
    for await (const chunk of node.logs.read(
      node.pod()?.metadata.uid ?? '',
      options,
      new AbortController().signal,
    )) {
      log.push(Buffer.from(chunk as Uint8Array).toString());
    }
  };
  const following = follow();
  await node.delete();
  await node.see(
    ({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'False',
  );
  expect(await node.ask('/say?still+here')).toContain('PORT');
  await node.gone();
  expect(identify(pid)).toBeUndefined();
  await following;
  expect(log.join('')).toMatch(/starting on \d+\nstill\+here\nbye\n/);
  await eventually(async () => (await readdir(join(node.dir, 'logs'))).length === 0);
  expect(node.store.records.entries('process/')).toEqual([]);
});

test('a process that left its group, as daemons do, ends with its pod', async () => {
  const stray = `setInterval(() => {}, 1000)`;
  const source = `const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stray)}], { detached: true, stdio: 'ignore' });
    console.log(child.pid);${server}`;
  await node.run(source);
  await node.seeReady();
  const pid = Number.parseInt(await node.log(), 10);
  expect(identify(pid)).toBeDefined();
  await node.delete();
  await node.gone();
  await eventually(() => identify(pid) === undefined);
  expect(node.store.records.entries('process/')).toEqual([]);
});

const stubborn = `require('node:http').createServer(() => {}).listen(process.env.PORT); process.on('SIGTERM', () => console.log('no'))`;

test('what does not end by itself is killed when its time is over', async () => {
  await node.run(stubborn);
  await node.seeReady();
  const pid = pidOf(node.status());
  await node.delete('web', 1);
  await node.gone();
  expect(identify(pid)).toBeUndefined();
});

test('a second, more impatient deletion shortens the time; a forced one ends it', async () => {
  await node.run(stubborn);
  await node.run(stubborn, { name: 'other' });
  await Promise.all([node.seeReady(), node.seeReady('other')]);
  const pids = [pidOf(node.status()), pidOf(node.status('other'))];
  await node.delete('web', 600);
  await eventually(async () => (await node.log()) === 'no\n');
  await node.delete('web', 1);
  await node.delete('other', 0);
  expect(node.pod('other')).toBeUndefined();
  await node.gone();
  await eventually(() => pids.every((pid) => identify(pid) === undefined));
});

test('a pod that is deleted while it waits or before it began is gone at once', async () => {
  await node.run(`process.exit(1)`);
  await node.see(
    (_pod, status) =>
      status !== undefined && 'waiting' in status.state && status.state.waiting.reason === 'CrashLoopBackOff',
  );
  await node.delete();
  await node.gone();
  await node.run(server, { name: 'early' });
  await node.delete('early', 30);
  await node.gone('early');
  expect(node.errors).toEqual([]);
});

test('a pod with a finalizer stays until that is taken off, its process does not', async () => {
  const { metadata } = await node.run(server);
  await node.seeReady();
  const pid = pidOf(node.status());
  const change = (finalizers: string[]) =>
    node.store.change('pods', 'default', metadata.name, (pod) => ({
      ...pod,
      metadata: { ...pod.metadata, finalizers },
    }));
  await change(['example.com/wait']);
  await node.delete();
  await eventually(() => identify(pid) === undefined);
  await node.see((_pod, status) => status !== undefined && 'terminated' in status.state);
  await change([]);
  await node.gone();
  expect(node.errors).toEqual([]);
});

test('when the node stops, processes end and the disk says so; then all comes back', async () => {
  const { metadata } = await node.run(server);
  await node.run(stubborn, { name: 'stubborn' });
  await Promise.all([node.seeReady(), node.seeReady('stubborn')]);
  const port = portOf();
  const pids = [pidOf(node.status()), pidOf(node.status('stubborn'))];
  await node.stop(300);
  expect(pids.map(identify)).toEqual([undefined, undefined]);
  expect(node.status()).toMatchObject({ ready: false, state: { terminated: { exitCode: 0 } } });
  expect(node.status('stubborn')).toMatchObject({ ready: false, state: { terminated: { signal: 9 } } });
  expect(node.pod()?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
  await node.startAgain();
  const pod = await node.seeReady();
  expect(pod.metadata.uid).toBe(metadata.uid);
  expect(portOf()).toBe(port);
  expect(node.status()).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 0 } } });
  expect(await node.log({ previous: true })).toContain('bye');
});

test('two containers of a pod run beside each other', async () => {
  const image = await writeImage(node.images, [{ entries: [{ name: 'app/server.js', content: server }] }], {
    WorkingDir: '/app',
  });
  const sidecar = {
    name: 'sidecar',
    image,
    command: ['node', '-e', `console.log('beside'); setInterval(() => {}, 1000)`],
  };
  const main = { name: 'main', image, command: ['node', 'server.js'] };
  await node.run('', { container: { image }, spec: { containers: [main, sidecar] } });
  const pod = await node.seeReady();
  expect(pod.status?.containerStatuses?.map(({ name, ready }) => [name, ready])).toEqual([
    ['main', true],
    ['sidecar', true],
  ]);
});
