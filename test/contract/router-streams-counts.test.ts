// Open streams are told in the router's Lease, by version, virtual environment and workload.
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { annotation, objectName } from '../../src/core/labels.ts';
import type { StreamCount } from '../../src/core/routing/router-report.ts';
import { readStreamReport } from '../../src/core/routing/stream-report.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

/** Versions that stream whatever is asked for: events, or WebSockets. */
async function serve(versions: readonly string[]): Promise<void> {
  world.putEnvironment('dev', {}, true);
  for (const version of versions) {
    const manifest = manifestOf(version, { ui: { rules: ['PathPrefix(`/`)'], source: version } });
    const pod = await world.runPod(manifest, 'dev', 'ui', (incoming, response) => {
      if (incoming.url === '/plain') return response.end('plain');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return response.flushHeaders();
    });
    const server = new WebSocketServer({ noServer: true });
    pod.server.on('upgrade', (request, connection: Socket, head) =>
      server.handleUpgrade(request, connection, head, (socket) => socket.on('error', () => undefined)),
    );
    world.onEnd(async () => {
      for (const socket of server.clients) socket.terminate();
    });
    world.putVersion(manifest, ['dev']);
  }
  await world.startRouter();
}

function told(): StreamCount[] {
  const lease = world.api.get('leases', objectName.routerLease('test'));
  return readStreamReport(lease?.metadata.annotations?.[annotation.streams]);
}

/** When the Lease was last written. */
function renewed(): number {
  const { spec } = world.api.get('leases', objectName.routerLease('test')) as unknown as {
    readonly spec: { readonly renewTime: string };
  };
  return Date.parse(spec.renewTime);
}

function of(version: string): StreamCount | undefined {
  return told().find((count) => count.version === version);
}

async function events(version: string): Promise<IncomingMessage> {
  const outgoing = httpRequest(`${world.router?.url}/?kf-dep=${version}`);
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

async function webSocket(version: string): Promise<WebSocket> {
  const socket = new WebSocket(`${world.router?.url.replace('http', 'ws')}/?kf-dep=${version}`);
  await once(socket, 'open');
  return socket;
}

test('those that are open are counted, of each kind, and those that have ended are not', async () => {
  await serve(['v1', 'v2']);
  const sockets = [await webSocket('v1'), await webSocket('v1')];
  const streams = [await events('v1'), await events('v2')];
  await world.get('/plain?kf-dep=v1');
  await until('all are told', () => of('v2') !== undefined);
  expect(of('v1')).toMatchObject({
    app: 'shop',
    component: 'ui',
    environment: 'dev',
    hash: expect.stringMatching(/^[0-9a-f]{40}$/),
    webSockets: 2,
    events: 1,
  });
  expect(of('v2')).toMatchObject({ webSockets: 0, events: 1 });
  expect(of('v2')?.hash).not.toBe(of('v1')?.hash);
  sockets[0]?.close();
  streams[0]?.destroy();
  await until('their end is told', () => of('v1')?.webSockets === 1);
  expect(of('v1')).toMatchObject({ events: 0 });
  sockets[1]?.terminate();
  streams[1]?.destroy();
  await until('nothing is told any more', () => told().length === 0);
});

test('they are told before the Lease would be renewed anyway', async () => {
  await serve(['v1']);
  const streams = [await events('v1')];
  await until('the first is told', () => of('v1')?.events === 1);
  const before = renewed();
  streams.push(await events('v1'));
  await until('the second is told', () => of('v1')?.events === 2);
  // Renewals are 5 s apart.
  expect(renewed() - before).toBeLessThan(4_900);
  for (const each of streams) each.destroy();
});
