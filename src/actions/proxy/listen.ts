// Listens on loopback, and says in words why that isn't possible.
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { FoxError } from '../../core/errors.ts';

/** Listens on a port of 127.0.0.1; 0 takes a free one. @returns the port. @throws FoxError PORT_TAKEN. */
export async function listen(server: Server, port: number): Promise<number> {
  const listening = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  try {
    await listening;
  } catch (cause) {
    throw unavailable(port, cause as NodeJS.ErrnoException);
  }
  return (server.address() as AddressInfo).port;
}

function unavailable(port: number, cause: NodeJS.ErrnoException): FoxError {
  const why =
    cause.code === 'EADDRINUSE'
      ? 'is in use'
      : cause.code === 'EACCES'
        ? 'may only be used by an administrator'
        : `can't be used: ${cause.message}`;
  return new FoxError('PORT_TAKEN', `port ${port} of 127.0.0.1 ${why}`, {
    hints: ['Choose another port, or 0 for a free one: `fox proxy 0`.'],
    cause,
  });
}
