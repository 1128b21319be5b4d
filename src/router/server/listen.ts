// Opens the router's ports.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FoxError } from '../../core/errors.ts';

/** Where to listen; port 0 takes a free one. */
export interface ListenAddress {
  /** An address, or `*` for all, of whichever families there are. */
  readonly host: string;
  readonly port: number;
}

/** Listens. @returns the base URL. @throws FoxError PORT_TAKEN; `what` says whose port it is. */
export async function listen(server: Server, what: string, { host, port }: ListenAddress): Promise<string> {
  server.listen({ port, ...(host === '*' ? {} : { host }) });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const why = isTaken
      ? 'is taken'
      : `can't be listened on: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new FoxError('PORT_TAKEN', `the ${what} port ${host}:${port} ${why}`, { cause });
  }
  // A connection that can't be accepted, for want of file handles, is lost; those that stand aren't.
  server.on('error', () => undefined);
  const { address, family, port: actual } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
}
