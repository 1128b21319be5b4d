// A router with both its ports, components behind it that tell what reaches them, and clients that send bytes.
import { connect, type Socket } from 'node:net';
import type { RequestListener, ServerResponse } from 'node:http';
import type { Patience } from '../../src/router/patience.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { callFrom, type RouterPod, runAddressedPod, startRouterPod } from './router-pod-world.ts';
import { until, World } from './router-world.ts';

const addresses = { page: '127.0.21.1', secret: '127.0.21.2', caller: '127.0.21.3' } as const;

/** A router that is treated badly: `page` answers `/` and whatever isn't `/secret`, and `caller` may call it. */
export class AttackedRouter {
  readonly world: World;
  readonly router: RouterPod;
  /** Of the body of `/big`: more than all buffers on the way hold. */
  readonly bigLength = 64 * 1024 * 1024;
  /** Targets of the requests that `page` got. */
  readonly reached: string[] = [];
  /** Those of which the client was gone before the answer was complete. */
  readonly left: string[] = [];
  /** Targets that others than `page` got. */
  readonly secrets: string[] = [];

  readonly #clients = new Set<Socket>();

  static async start(patience: Partial<Patience> = {}): Promise<AttackedRouter> {
    const world = await World.create();
    world.putEnvironment('dev', {}, true);
    return new AttackedRouter(world, await startRouterPod(world, { patience })).#deploy();
  }

  private constructor(world: World, router: RouterPod) {
    this.world = world;
    this.router = router;
  }

  async #deploy(): Promise<this> {
    const manifest = manifestOf('v1', {
      page: { rules: ['PathPrefix(`/`)'] },
      secret: { rules: ['PathPrefix(`/secret`)'] },
      caller: { calls: ['page'] },
    });
    for (const component of ['page', 'secret', 'caller'] as const) {
      const sketch = { address: addresses[component], listener: this.#listenerOf(component) };
      (await runAddressedPod(this.world, manifest, component, sketch)).tell();
    }
    this.world.putVersion(manifest, ['dev']);
    this.world.putReleases({ 'dev.shop': 'v1' });
    await this.router.ready;
    await until('it routes', async () => (await this.world.get('/', {}, this.router.url)).status === 200);
    return this;
  }

  #listenerOf(component: string): RequestListener {
    return (request, response) => {
      const { url = '' } = request;
      (component === 'page' ? this.reached : this.secrets).push(url);
      response.on('close', () => {
        if (!response.writableEnded) this.left.push(url);
      });
      request.on('error', () => undefined);
      if (url === '/held') return;
      if (url === '/big') return writeMuch(response, this.bigLength);
      if (url === '/silent') return tellSlowly(response);
      request.resume().on('end', () => setImmediate(() => response.end(component)));
    };
  }

  forget(): void {
    for (const list of [this.reached, this.left, this.secrets]) list.length = 0;
  }

  /** Opens a connection as the pod of `caller` would. */
  connect(at: 'edge' | 'internal'): Connection {
    const port = Number(new URL(at === 'edge' ? this.router.url : this.router.internal).port);
    const socket = connect({ port, host: '127.0.0.1', localAddress: addresses.caller });
    this.#clients.add(socket);
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.on('close', () => this.#clients.delete(socket)).on('error', () => undefined);
    return {
      socket,
      received: () => received,
      statuses: () => [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)),
      isClosed: () => socket.closed,
    };
  }

  /** A plain request of the edge and a call of the internal port; what both answer. */
  async ask(): Promise<string> {
    const { body } = await this.world.get('/', {}, this.router.url);
    const call = await callFrom(addresses.caller, this.router.internal, 'page');
    return body === call.body ? body : `${body} ${call.body}`;
  }

  /** Ends it; fails if a connection to a client or to a pod is still there that nobody uses. */
  async end(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.world.endConnections();
    // Both ends of each watch of the API, and of the connection by which the Lease is written.
    const own = () => 2 * this.world.api.watches + 2;
    await until('all connections are closed', () => openSockets() <= own());
    await this.world.end();
  }
}

/** Writes as fast as it is read, so that it hasn't ended before most of it is. */
function writeMuch(response: ServerResponse, length: number): void {
  const chunk = Buffer.alloc(1024 * 1024);
  let written = 0;
  const write = (): void => {
    while (written < length) {
      written += chunk.length;
      if (!response.write(chunk)) return;
    }
    response.end();
  };
  response.on('drain', write);
  write();
}

/** Three events, each a second after the one before. */
function tellSlowly(response: ServerResponse): void {
  let event = 0;
  const timer = setInterval(() => response.write(`event ${event++}\n`), 1_000);
  response.on('close', () => clearInterval(timer));
}

/** Sockets of this process, on both sides. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length;
}

/** A client's connection, and what came back on it. */
export interface Connection {
  readonly socket: Socket;
  readonly received: () => string;
  readonly statuses: () => number[];
  readonly isClosed: () => boolean;
}
