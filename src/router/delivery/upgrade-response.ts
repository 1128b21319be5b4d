// The response to a request for a WebSocket: an ordinary one, unless the component agrees; then its connection becomes a tunnel.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { joinConnections } from './tunnel.ts';

/** The protocol that requests may ask to switch to. */
export const upgradeProtocol = 'websocket';

/**
 * Node leaves a connection that asks for an upgrade alone: this does for its response what Node's server does for others.
 * It is closed when the connection is, tunnel or not.
 */
export class UpgradeResponse extends ServerResponse {
  readonly #client: Socket;

  /**
   * All that came before on the connection must have been answered.
   * @param head what the client has sent behind its request already.
   */
  constructor(request: IncomingMessage, head: Buffer) {
    super(request);
    const client = request.socket;
    this.#client = client;
    this.shouldKeepAlive = false;
    client.on('error', ignore);
    // The server has set how long; it doesn't look any more.
    client.on('timeout', this.#stall);
    if (head.length > 0) client.unshift(head);
    client.once('end', this.#leave);
    client.on('drain', this.#drain);
    this.assignSocket(client);
    this.once('finish', () => client.destroySoon());
  }

  /** Whether a component agrees to what is asked for. */
  asksFor(status: number, protocol: unknown): boolean {
    return status === 101 && typeof protocol === 'string' && protocol.toLowerCase() === upgradeProtocol;
  }

  /** Tells the client that the component agrees, by `headers` (name, value, …), and joins the two. */
  switchTo(component: Socket, headers: readonly string[]): void {
    this.writeHead(101, [...headers, 'connection', 'Upgrade', 'upgrade', upgradeProtocol]);
    this.flushHeaders();
    this.#client.off('end', this.#leave);
    this.#client.off('drain', this.#drain);
    this.#client.off('timeout', this.#stall);
    joinConnections(this.#client, component);
  }

  /** Ends it, whatever it is doing. */
  readonly cut = (): void => void this.#client.destroy();

  /** A client that ends its side before it has an answer doesn't want one. */
  readonly #leave = (): void => void this.#client.destroy();

  /** A client that doesn't read its answer doesn't want it; one that waits for it has nothing to read. */
  readonly #stall = (): void => {
    if (this.#client.writableLength > 0) this.#client.destroy();
  };

  readonly #drain = (): void => void this.emit('drain');
}

/** What broke is followed by 'close'. */
function ignore(): void {}
