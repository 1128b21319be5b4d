// Routers are replaced one after the other while requests come in without a pause: none is lost.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Agent, request } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
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

/** A router's pod. */
interface RouterProcess {
  readonly child: ChildProcess;
  readonly port: number;
  readonly health: string;
}

async function startRouter(id: string): Promise<RouterProcess> {
  const [port, healthPort] = [await freePort(), await freePort()];
  const options = {
    mode: 'kubernetes',
    kubeconfig: await world.writeKubeconfig(),
    namespace: 'default',
    id,
    edge: `127.0.0.1:${port}`,
    internal: '127.0.0.1:0',
    health: `127.0.0.1:${healthPort}`,
    drain: '1',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(process.execPath, [bundle.program, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  world.onEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const router = { child, port, health: `http://127.0.0.1:${healthPort}/readyz` };
  await until(`${id} is ready`, async () => isReady(router));
  return router;
}

async function isReady({ health }: RouterProcess): Promise<boolean> {
  return fetch(health).then(
    async (response) => (await response.text()) === 'ok\n',
    () => false,
  );
}

/** Sends each new connection to a router that was ready when it was last asked, and asks a few times a second. */
class Balancer {
  readonly routers = new Set<RouterProcess>();
  readonly #ready = new Set<RouterProcess>();
  readonly #sockets = new Set<Socket>();
  #turn = 0;
  url = '';

  async start(): Promise<void> {
    const server = createServer((client) => this.#join(client)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const asking = setInterval(() => void this.#ask(), 100);
    world.onEnd(async () => {
      clearInterval(asking);
      server.close();
      for (const socket of this.#sockets) socket.destroy();
    });
    await this.#ask();
  }

  isUsed(router: RouterProcess): boolean {
    return this.#ready.has(router);
  }

  async #ask(): Promise<void> {
    for (const router of this.routers) {
      if (await isReady(router)) this.#ready.add(router);
      else this.#ready.delete(router);
    }
  }

  #join(client: Socket): void {
    const ready = [...this.#ready];
    const router = ready[(this.#turn += 1) % ready.length];
    if (router === undefined) return void client.destroy();
    const upstream = connect(router.port, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
    return undefined;
  }
}

test('two routers are replaced one after the other, and no request fails, be it a POST or a slow one', async () => {
  world.putEnvironment('dev', {}, true);
  const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
  await world.runPod(manifest, 'dev', 'ui', ({ url }, response) => {
    setTimeout(() => response.end('fine'), url === '/slow' ? 300 : 0);
  });
  world.putVersion(manifest, ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
  const balancer = new Balancer();
  const old = [await startRouter('one'), await startRouter('two')];
  for (const router of old) balancer.routers.add(router);
  await balancer.start();

  const dispatcher = new Agent({ keepAliveTimeout: 10_000 });
  world.onEnd(async () => dispatcher.destroy());
  const outcomes = new Map<string, number>();
  const ending = new AbortController();
  /** `reset`: each request on a connection of its own. */
  const worker = async (method: 'GET' | 'POST', path: string, reset = false) => {
    while (!ending.signal.aborted) {
      const body = method === 'POST' ? { body: 'x' } : {};
      const outcome = await request(balancer.url + path, { method, dispatcher, reset, ...body }).then(
        async (answer) => `${answer.statusCode} ${await answer.body.text()}`,
        (error: unknown) => `${method} ${path}: ${String(error)}`,
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  const workers = [
    worker('GET', '/'),
    worker('GET', '/', true),
    worker('POST', '/'),
    worker('POST', '/', true),
    worker('GET', '/slow'),
    worker('POST', '/slow'),
  ];
  const answered = () => outcomes.get('200 fine') ?? 0;
  await until('requests come in', () => answered() > 50);
  for (const [index, router] of old.entries()) {
    const next = await startRouter(`next-${index}`);
    balancer.routers.add(next);
    await until('the new one is used', () => balancer.isUsed(next));
    const before = answered();
    router.child.kill('SIGTERM');
    await once(router.child, 'exit');
    balancer.routers.delete(router);
    expect(router.child.exitCode).toBe(0);
    expect(answered()).toBeGreaterThan(before);
  }
  ending.abort();
  await Promise.all(workers);
  expect([...outcomes.keys()]).toEqual(['200 fine']);
});
