// Ports that are taken, and connections that can't be accepted.
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../../src/router/server/listen.ts';

function newServer() {
  const server = createServer((_, response) => void response.end('here'));
  onTestFinished(() => void server.close());
  return server;
}

test('a connection that can’t be accepted does not end the router', async () => {
  const server = newServer();
  const url = await listen(server, 'edge', { host: '127.0.0.1', port: 0 });
  // As Node does it when `accept` fails.
  server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
  expect(await (await fetch(url)).text()).toBe('here');
});

test('a port that is taken is named', async () => {
  const url = await listen(newServer(), 'edge', { host: '127.0.0.1', port: 0 });
  const port = Number(new URL(url).port);
  await expect(listen(newServer(), 'edge', { host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: `the edge port 127.0.0.1:${port} is taken`,
  });
});
