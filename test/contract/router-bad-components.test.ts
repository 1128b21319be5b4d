// Components that break, lie or hang: their clients are told, or see that the response broke off, and nobody else notices.
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request as httpRequest } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workloadsOf } from '../../src/core/version/workload.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { badComponents, type BadComponent } from './bad-components.ts';
import { until, World } from './router-world.ts';

/** Ms until the head of a response must be there. */
const deadline = 700;

describe('bad components', () => {
  let world: World;
  let server: Server;
  let behave: BadComponent['behave'] | undefined;
  const sockets = new Set<Socket>();
  /** The connection by which the component has behaved badly. */
  let spoilt: Socket | undefined;

  beforeAll(async () => {
    world = await World.create();
    world.putEnvironment('dev', {}, true);
    const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
    server = createServer(serve).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const hash = workloadsOf(manifest, { name: 'dev', vars: {} }).get('ui')?.hash ?? '';
    const pod = { name: 'ui-1', port, callPorts: {}, server: createHttpServer(), seen: [] };
    world.putPod(pod, { app: 'shop', component: 'ui', hash });
    world.putVersion(manifest, ['dev']);
    world.putReleases({ 'dev.shop': 'v1' });
    await world.startRouter({ deadline });
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await world.end();
  });

  /** A component by hand: `/bad` gets what the test says, all else is answered as it should. */
  function serve(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const [, path] = /^\w+ (\S+) [^]*?\r\n\r\n/.exec(text) ?? [];
      if (path === undefined) return;
      text = '';
      if (path === '/bad') {
        spoilt = socket;
        behave?.(socket);
      } else socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${path.length}\r\n\r\n${path}`);
    });
  }

  async function ask(method: string): Promise<Seen> {
    const outgoing = httpRequest(`${world.router?.url}/bad`, { method, agent: false });
    outgoing.on('error', () => undefined);
    if (method === 'POST') outgoing.write(Buffer.alloc(8 * 1024 * 1024));
    outgoing.end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    let body = '';
    response.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
    // Not once(): it fails at an error, which is one of the things to be seen.
    await new Promise((resolve) => response.on('error', () => undefined).on('close', resolve));
    return { status: response.statusCode ?? 0, body, isWhole: response.complete };
  }

  test.each(badComponents)('$name', async (bad) => {
    ({ behave } = bad);
    const answer = await ask(bad.method ?? 'GET');
    expect(bad.gets).toContain(answer.status);
    expect(seen(answer)).toEqual(expectedOf(bad, answer));
    await until(
      'what belongs to nobody has ended its connection',
      () => bad.leaves !== 'closed' || spoilt?.closed,
    );
    // Those who come next, one after the other and at once, get what they asked for.
    for (const path of ['/next/1', '/next/2']) expect((await world.get(path)).body).toBe(path);
    const paths = ['/a', '/b', '/c'];
    expect((await Promise.all(paths.map(async (path) => world.get(path)))).map(({ body }) => body)).toEqual(
      paths,
    );
  });

  test('no connection to a component is left that nobody uses', async () => {
    for (const bad of badComponents.slice(0, 10)) {
      ({ behave } = bad);
      await ask(bad.method ?? 'GET');
    }
    // Those that the component doesn't read can't be seen to be closed.
    await until('all are closed', () => [...sockets].every((socket) => socket.isPaused()));
    expect((await world.get('/next')).body).toBe('/next');
  });
});

/** What a client sees of a response. */
interface Seen {
  readonly status: number;
  readonly body: string;
  readonly isWhole: boolean;
}

/** A problem is a whole answer of the router that names the component. */
function seen({ status, body, isWhole }: Seen): object {
  if (status !== 502 && status !== 504) return { body, isWhole };
  const { component } = JSON.parse(body) as { component: string };
  return { component, isWhole };
}

function expectedOf({ body }: BadComponent, answer: Seen): object {
  if (answer.status === 502 || answer.status === 504) return { component: 'ui', isWhole: true };
  if (body === 'broken') return { body: answer.body, isWhole: false };
  return { body: body === undefined ? answer.body : body.exactly, isWhole: true };
}
