// The limits of the router's servers that are no matter of time.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createHttpServer, defaultClientPatience } from '../../../../src/router/server/http-server.ts';

async function startServer() {
  const server = createHttpServer((_, response) => void response.end('here'), defaultClientPatience);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { server, port };
}

test('more connections than a router can hold are closed at once, those that stand go on', async () => {
  const { server, port } = await startServer();
  expect(server.maxConnections).toBeLessThanOrEqual(10_000);
  server.maxConnections = 1;
  const first = connect(port, '127.0.0.1');
  await once(first, 'connect');
  const second = connect(port, '127.0.0.1');
  second.on('error', () => undefined);
  await once(second, 'close');
  first.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [answer] = (await once(first, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
});

test('headers beyond what Node keeps are not left out without a word', async () => {
  const { port } = await startServer();
  const client = connect(port, '127.0.0.1');
  client.write(`GET / HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(1_500)}\r\n`);
  const [answer] = (await once(client, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 431 /);
});
