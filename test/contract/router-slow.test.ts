// Clients that take their time: those that keep a connection for nothing are cut off, streams that are merely silent aren't.
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AttackedRouter, type Connection } from './bad-request-world.ts';
import { hasManyLoopbacks } from './router-pod-world.ts';
import { until } from './router-world.ts';

const patience = { head: 300, stalled: 400 };

describe.skipIf(!hasManyLoopbacks)('slow clients (needs pods with loopback addresses of their own)', () => {
  let attacked: AttackedRouter;
  beforeEach(async () => {
    attacked = await AttackedRouter.start(patience);
  });
  afterEach(async () => attacked.end());

  test.each(['edge', 'internal'] as const)('a head that never ends is cut off: %s', async (at) => {
    const connection = attacked.connect(at);
    connection.socket.write('GET / HTTP/1.1\r\nhost: page\r\nx-slow: ');
    await drip('a', connection);
    expect(connection.statuses()).toEqual([408]);
    expect(await attacked.ask()).toBe('page');
  });

  test('a second head that never ends is cut off, after the first request was answered', async () => {
    const connection = attacked.connect('edge');
    connection.socket.write('GET / HTTP/1.1\r\nhost: page\r\n\r\nGET /');
    await drip('a', connection);
    expect(connection.statuses()).toEqual([200, 408]);
  });

  test('many connections without a byte are cut off, and hinder nobody until then', async () => {
    const idle = Array.from({ length: 300 }, () => attacked.connect('edge'));
    expect(await attacked.ask()).toBe('page');
    await until('all are closed', () => idle.every(({ isClosed }) => isClosed()));
  });

  test('who asks for much and reads nothing is cut off, and the component sees it', async () => {
    const { socket, isClosed } = attacked.connect('edge');
    socket.pause();
    socket.write('GET /big HTTP/1.1\r\nhost: page\r\n\r\n');
    await until('the component sees it', () => attacked.left.includes('/big'));
    socket.resume();
    await until('it is closed', isClosed);
    expect(await attacked.ask()).toBe('page');
  });

  test('who reads slowly, but does, gets all', async () => {
    const { socket, isClosed } = attacked.connect('edge');
    let bytes = 0;
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), 1);
    });
    socket.write('GET /big HTTP/1.1\r\nhost: page\r\nconnection: close\r\n\r\n');
    await until('it is closed', isClosed);
    expect(bytes).toBeGreaterThan(attacked.bigLength);
    expect(attacked.left).toEqual([]);
  });

  test('a body that stops is cut off, and the component sees it', async () => {
    const { socket, isClosed } = attacked.connect('edge');
    socket.write('POST /post HTTP/1.1\r\nhost: page\r\ncontent-length: 100\r\n\r\nhalf');
    await until('the component sees it', () => attacked.left.includes('/post'));
    await until('it is closed', isClosed);
    expect(await attacked.ask()).toBe('page');
  });

  test('a component that says nothing for long is waited for, before and in the middle of its answer', async () => {
    const { socket, received, isClosed } = attacked.connect('edge');
    socket.write('GET /silent HTTP/1.1\r\nhost: page\r\n\r\n');
    // More than twice as long as a client may stall.
    await until('the last event', () => received().includes('event 2'));
    expect(isClosed()).toBe(false);
  });
});

/** Sends one byte after the other until the connection is closed. */
async function drip(bytes: string, { socket, isClosed }: Connection): Promise<void> {
  for (let index = 0; !isClosed(); index++) {
    socket.write(bytes[index % bytes.length] ?? '', 'latin1');
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 10)), once(socket, 'close')]);
  }
}
