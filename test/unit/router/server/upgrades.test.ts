// Connections that have asked for an upgrade are looked after as Node looks after others.
import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { closeServers, createHttpServer } from '../../../../src/router/server/http-server.ts';

const open: Socket[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await closeServers(servers.splice(0), 0);
});

/** A client that has asked for a WebSocket, of a server that does this. */
async function ask(listener: RequestListener): Promise<{ server: Server; client: Socket }> {
  const server = createHttpServer(listener, { head: 1_000, stalled: 100 });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  open.push(client);
  const asked = once(server, 'upgrade');
  client.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  await asked;
  return { server, client };
}

test('they end when the time of a server that ends is over', async () => {
  const { server, client } = await ask(() => undefined);
  const ended = once(client.resume(), 'close');
  const closed = once(server, 'close');
  await closeServers([server], 10);
  await Promise.all([ended, closed]);
  expect(client.destroyed).toBe(true);
});

test('a client that does not read what it is answered is cut off', async () => {
  const { server, client } = await ask((_, response) => response.end(Buffer.alloc(64 * 1024 * 1024)));
  client.pause();
  const closed = once(server, 'close');
  server.close();
  await closed;
  expect(client.bytesRead).toBeLessThan(64 * 1024 * 1024);
});

test('a client that waits for its answer is not', async () => {
  const { client } = await ask((request, response) => {
    // Silence has been noticed, twice.
    let times = 0;
    request.socket.on('timeout', () => {
      times += 1;
      if (times === 2) response.end('late');
      else request.socket.setTimeout(100);
    });
  });
  client.setEncoding('utf8');
  const heard: string[] = [];
  client.on('data', (text: string) => heard.push(text));
  await once(client, 'end');
  expect(heard.join('')).toMatch(/\r\n\r\nlate$/);
});
