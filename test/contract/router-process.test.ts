// The router as a process of its own: how it starts, serves, and ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { bundleRouter, type RouterBundle } from './router-bundle.ts';
import { freePort, until, World } from './router-world.ts';

let bundle: RouterBundle;
beforeAll(async () => {
  bundle = await bundleRouter();
});
afterAll(async () => bundle.remove());

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

interface RouterProcess {
  readonly child: ChildProcess;
  readonly url: string;
  output: string;
  errors: string;
}

/** Starts the process with these arguments instead of the usual ones, where given. */
async function start(overrides: Readonly<Record<string, string>> = {}): Promise<RouterProcess> {
  const port = await freePort();
  const kubeconfig = await world.writeKubeconfig();
  const options = {
    kubeconfig,
    namespace: 'default',
    id: 'test',
    edge: `127.0.0.1:${port}`,
    mode: 'embedded',
    ...overrides,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(process.execPath, [bundle.program, ...args], { stdio: 'pipe' });
  const router: RouterProcess = { child, url: `http://127.0.0.1:${port}`, output: '', errors: '' };
  child.stdout.on('data', (chunk: Buffer) => (router.output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (router.errors += chunk.toString()));
  world.onEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return router;
}

async function startReady(overrides: Readonly<Record<string, string>> = {}): Promise<RouterProcess> {
  const router = await start(overrides);
  await until('it is ready', () => router.output.includes('"event":"ready"'));
  return router;
}

async function exitCode({ child }: RouterProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** A released component that answers when told to. */
async function heldComponent(): Promise<() => void> {
  const answers: (() => void)[] = [];
  world.putEnvironment('dev', {}, true);
  const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
  await world.runPod(manifest, 'dev', 'ui', ({ url }, response) => {
    if (url === '/held') answers.push(() => response.end('finished'));
    else response.end('at once');
  });
  world.putVersion(manifest, ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
  return () => answers.splice(0).forEach((answer) => answer());
}

describe('its end', () => {
  test.each([
    ['SIGTERM', ({ child }: RouterProcess) => child.kill('SIGTERM')],
    ['SIGINT', ({ child }: RouterProcess) => child.kill('SIGINT')],
    ['the end of stdin', ({ child }: RouterProcess) => child.stdin?.end()],
  ])('by %s: requests finish, new ones are refused, the Lease is given up, exit code 0', async (_, end) => {
    const answer = await heldComponent();
    const router = await startReady();
    await until('the Lease is written', () => world.acknowledged() === 1);
    const held = world.get('/held', {}, router.url);
    expect((await world.get('/', {}, router.url)).body).toBe('at once');
    end(router);
    await until('nothing new is accepted', async () =>
      world.get('/', {}, router.url).then(
        () => false,
        () => true,
      ),
    );
    expect(router.child.exitCode).toBeNull();
    answer();
    expect((await held).body).toBe('finished');
    expect(await exitCode(router)).toBe(0);
    expect(world.isGivenUp()).toBe(true);
    expect(router.errors).toBe('');
  });

  test('comes though the API is away', async () => {
    const router = await startReady();
    await world.api.stop();
    router.child.kill('SIGTERM');
    expect(await exitCode(router)).toBe(0);
  });

  test('comes though a request never does', async () => {
    await heldComponent();
    const router = await startReady();
    const held = world.get('/held', {}, router.url).catch(() => 'broken off');
    await world.get('/', {}, router.url);
    router.child.kill('SIGTERM');
    expect(await held).toBe('broken off');
    expect(await exitCode(router)).toBe(0);
  });
});

describe('its log of requests', () => {
  test('has the last ones, too, when it ends', async () => {
    await heldComponent();
    const router = await startReady();
    await world.get('/', { 'x-request-id': 'the-last-one' }, router.url);
    router.child.kill('SIGTERM');
    expect(await exitCode(router)).toBe(0);
    await until('all has been read', () => router.output.includes('"requestId":"the-last-one"'));
  });

  test('that nobody reads keeps no request waiting, nor the end', async () => {
    await heldComponent();
    const router = await startReady();
    router.child.stdout?.pause();
    // Much more than a pipe holds.
    const path = `/${'x'.repeat(1_000)}`;
    for (let round = 0; round < 25; round += 1) {
      const answers = Array.from({ length: 20 }, async () => world.get(path, {}, router.url));
      for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
    }
    router.child.kill('SIGTERM');
    expect(await exitCode(router)).toBe(0);
  });
});

describe('in a pod', () => {
  const anyPort = '127.0.0.1:0';

  test('it does not mind the end of stdin; told to end, it answers who still comes, for as long as it is drained', async () => {
    await heldComponent();
    const health = await freePort();
    const router = await startReady({
      mode: 'kubernetes',
      internal: anyPort,
      health: `127.0.0.1:${health}`,
      drain: '1',
    });
    router.child.stdin?.end();
    await until('the Lease is written', () => world.acknowledged() === 1);
    expect((await world.get('/', {}, router.url)).body).toBe('at once');
    router.child.kill('SIGTERM');
    const ready = async () => (await world.get('/readyz', {}, `http://127.0.0.1:${health}`)).status;
    await until('it is unready', async () => (await ready()) === 503);
    expect((await world.get('/', {}, router.url)).body).toBe('at once');
    expect(await exitCode(router)).toBe(0);
    expect(world.isGivenUp()).toBe(true);
    expect(router.errors).toBe('');
  });

  test('it listens on all addresses of all families if told to', async () => {
    const port = await freePort();
    await startReady({ mode: 'kubernetes', edge: `*:${port}`, internal: anyPort, health: anyPort });
    expect((await world.get('/', {}, `http://127.0.0.1:${port}`)).status).toBe(404);
  });

  test.each([
    ['without an internal port', { health: anyPort }],
    ['without a port for probes', { internal: anyPort }],
    ['with a time to drain that is none', { internal: anyPort, health: anyPort, drain: 'long' }],
  ])('%s it says how it is started', async (_, overrides) => {
    const router = await start({ mode: 'kubernetes', ...overrides });
    expect(await exitCode(router)).toBe(2);
    expect(router.errors).toContain('--mode kubernetes');
  });
});

describe('its start', () => {
  test('on a port that is taken fails with one clear line', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    world.onEnd(async () => {
      squatter.close();
      await once(squatter, 'close');
    });
    const address = squatter.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const router = await start({ edge: `127.0.0.1:${address.port}` });
    expect(await exitCode(router)).toBe(3);
    expect(router.errors.trim().split('\n').at(-1)).toMatch(/^the edge port 127\.0\.0\.1:\d+ is taken/);
  });

  test.each([
    ['an unknown option', { frob: 'x' }, /^usage: /],
    ['an edge that is no address', { edge: 'here' }, /^usage: /],
    ['a mode that it does not have', { mode: 'other' }, /^usage: /],
    ['a kubeconfig that is not there', { kubeconfig: '/nowhere/kubeconfig' }, /is not a kubeconfig/],
  ])('with %s is refused', async (_, overrides, message) => {
    const router = await start(overrides);
    expect(await exitCode(router)).toBe(2);
    expect(router.errors).toMatch(message);
    expect(router.errors).not.toMatch(/^\s+at /m);
  });

  test('before the cluster is there waits for it', async () => {
    await world.writeKubeconfig();
    await world.api.stop();
    const router = await start();
    await until('it has tried', () => router.output.includes('watch-failed'));
    expect((await world.get('/', {}, router.url)).status).toBe(503);
    await world.api.start();
    await until('it is ready', () => router.output.includes('"event":"ready"'));
  });
});

test('its log is one JSON object per line', async () => {
  const router = await startReady();
  for (const line of router.output.trim().split('\n')) {
    expect(JSON.parse(line)).toMatchObject({
      at: expect.any(String),
      level: 'info',
      event: expect.any(String),
    });
  }
});
