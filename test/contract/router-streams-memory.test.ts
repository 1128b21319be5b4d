// Large bodies pass through the router's process without piling up in it, however slow whoever takes them is.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { bundleRouter, type RouterBundle } from './router-bundle.ts';
import { freePort, until, World } from './router-world.ts';

const execute = promisify(execFile);
const megabyte = 1024 * 1024;
const size = 256 * megabyte;
/** What a process may grow by while that passes through it: buffers on their way, and what isn't collected yet. */
const mostGrowth = 96 * megabyte;

let bundle: RouterBundle;
beforeAll(async () => {
  bundle = await bundleRouter();
});
afterAll(async () => bundle.remove());

let world: World;
let port = 0;
let pid = 0;
/** What is done with what comes in by the one side, until the test lets it go on. */
let letGo: () => void;
let gate: Promise<void>;
beforeEach(async () => {
  gate = new Promise((resolve) => (letGo = resolve));
  world = await World.create();
  world.putEnvironment('dev', {}, true);
  const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
  const pod = await world.runPod(
    manifest,
    'dev',
    'ui',
    (incoming, response) => void give(incoming, response),
  );
  pod.server.on('upgrade', (_, socket: Socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    void pipeline(bytes(), socket);
  });
  world.putVersion(manifest, ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
  port = await freePort();
  const options = {
    kubeconfig: await world.writeKubeconfig(),
    namespace: 'default',
    id: 'test',
    edge: `127.0.0.1:${port}`,
    mode: 'embedded',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(process.execPath, [bundle.program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  pid = child.pid ?? 0;
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  world.onEnd(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  await until('it is ready', () => output.includes('"event":"ready"'));
});
afterEach(async () => world.end());

/** A component that gives as much as is asked for, and takes what it gets when it is let. */
async function give(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  if (incoming.method === 'GET') return void pipeline(bytes(), response).catch(() => undefined);
  await gate;
  let taken = 0;
  for await (const chunk of incoming) taken += (chunk as Buffer).length;
  response.end(String(taken));
}

function bytes(): Readable {
  const chunk = Buffer.alloc(megabyte, 'x');
  return Readable.from(
    Array.from({ length: size / megabyte }, () => chunk),
    { objectMode: false },
  );
}

/** Bytes of memory that the router's process has. */
async function memory(): Promise<number> {
  const { stdout } = await execute('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) * 1024;
}

/** The most memory that it has until something is done. */
async function mostMemoryDuring(work: Promise<unknown>): Promise<number> {
  const done = work.then(() => true);
  let most = 0;
  do most = Math.max(most, await memory());
  while (!(await Promise.race([done, memory().then(() => false)])));
  return most;
}

async function count(stream: Readable): Promise<number> {
  let total = 0;
  for await (const chunk of stream) total += (chunk as Buffer).length;
  return total;
}

/** Waits until nothing has moved for a while. */
async function still(position: () => number): Promise<void> {
  let last = -1;
  let calm = 0;
  await until('nothing moves', () => {
    calm = position() === last ? calm + 1 : 0;
    last = position();
    return calm > 40;
  });
}

test('a download that nobody reads for a while, and then somebody does', { timeout: 120_000 }, async () => {
  await world.get('/none?kf-dep=v9', {}, `http://127.0.0.1:${port}`);
  const before = await memory();
  const outgoing = httpRequest(`http://127.0.0.1:${port}/`);
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.pause();
  await still(() => response.socket.bytesRead);
  expect((await memory()) - before).toBeLessThan(mostGrowth);
  const counting = count(response);
  expect((await mostMemoryDuring(counting)) - before).toBeLessThan(mostGrowth);
  expect(await counting).toBe(size);
});

test(
  'an upload that the component does not read for a while, and then does',
  { timeout: 120_000 },
  async () => {
    await world.get('/none?kf-dep=v9', {}, `http://127.0.0.1:${port}`);
    const before = await memory();
    const outgoing = httpRequest(`http://127.0.0.1:${port}/`, { method: 'POST' });
    const answered = once(outgoing, 'response');
    const sending = pipeline(bytes(), outgoing);
    await still(() => outgoing.socket?.bytesWritten ?? 0);
    expect((await memory()) - before).toBeLessThan(mostGrowth);
    letGo();
    expect((await mostMemoryDuring(Promise.all([sending, answered]))) - before).toBeLessThan(mostGrowth);
    const [response] = (await answered) as [IncomingMessage];
    expect(String(await response.setEncoding('utf8').toArray())).toBe(String(size));
  },
);

test('a WebSocket whose client does not read for a while, and then does', { timeout: 120_000 }, async () => {
  await world.get('/none?kf-dep=v9', {}, `http://127.0.0.1:${port}`);
  const before = await memory();
  const client = connect(port, '127.0.0.1');
  const head = 'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
  client.write(head);
  await still(() => client.bytesRead);
  expect((await memory()) - before).toBeLessThan(mostGrowth);
  client.end();
  const counting = count(client);
  expect((await mostMemoryDuring(counting)) - before).toBeLessThan(mostGrowth);
  expect(await counting).toBeGreaterThan(size);
});
