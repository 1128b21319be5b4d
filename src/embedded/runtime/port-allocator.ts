// Chooses loopback ports that nothing else uses, and keeps who in this cluster has which.
import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { pause } from './pause.ts';

/** Below the ranges from which Linux (32768 on) and macOS (49152 on) take ports for outgoing connections. */
const range = { from: 20_000, to: 30_000 };
const attempts = 500;

/** Hands out ports of this machine. An owner is any string. */
export class PortAllocator {
  readonly #owners = new Map<number, string>();

  /** Chooses a free port for an owner. @throws Error when there is none. */
  async choose(owner: string): Promise<number> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const port = randomInt(range.from, range.to);
      if (await this.claim(port, owner)) return port;
    }
    throw new Error(`no free port found on 127.0.0.1 between ${range.from} and ${range.to}`);
  }

  /** Takes a certain port for an owner if nothing listens on it and no other owner has it. */
  async claim(port: number, owner: string): Promise<boolean> {
    if (!this.reserve(port, owner)) return false;
    if (await isFree(port)) return true;
    this.release(port, owner);
    return false;
  }

  /** Notes that an owner has a port, whether something listens on it or not. False when another owner has it. */
  reserve(port: number, owner: string): boolean {
    const current = this.#owners.get(port);
    if (current !== undefined && current !== owner) return false;
    this.#owners.set(port, owner);
    return true;
  }

  /** The owner no longer needs the port. */
  release(port: number, owner: string): void {
    if (this.#owners.get(port) === owner) this.#owners.delete(port);
  }
}

/** Nothing listens on the port on this machine's loopback addresses. */
export async function isFree(port: number): Promise<boolean> {
  // A server that listens on all addresses would also meet who listens on ::1 only.
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'));
}

/** Resolves to whether a TCP connection to the port is accepted before the signal aborts; asks again and again. */
export async function waitForListener(port: number, signal: AbortSignal): Promise<boolean> {
  for (let wait = 5; !signal.aborted; wait = Math.min(wait * 2, 100)) {
    if (await accepts(port)) return true;
    await pause(wait, signal);
  }
  return false;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no such address, so nobody listens there.
      resolve(code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT');
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
