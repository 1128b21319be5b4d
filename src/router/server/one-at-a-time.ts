// One request at a time per connection: what a client sends before it is answered waits, as answers must come in order anyway.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** More requests than this that wait on one connection aren't of a client that wants their answers. */
const mostWaiting = 32;

interface Line {
  /** Its request is being answered. */
  current: ServerResponse | undefined;
  readonly waiting: [IncomingMessage, ServerResponse][];
}

/**
 * Gives requests of one connection to a listener one after the other. Node would give it all of them at once, and tell
 * nobody when the connection of those behind the first is gone.
 */
export class OneAtATime {
  readonly #lines = new WeakMap<Duplex, Line>();
  readonly #listener: RequestListener;

  constructor(listener: RequestListener) {
    this.#listener = listener;
  }

  /** The listener of the server. */
  readonly take: RequestListener = (request, response) => {
    const { socket } = request;
    let line = this.#lines.get(socket);
    if (line === undefined) {
      line = { current: undefined, waiting: [] };
      this.#lines.set(socket, line);
    }
    // Node has read on after an answer that ends the connection.
    if (!socket.writable) return;
    if (line.current === undefined) this.#begin(line, request, response);
    else if (line.waiting.length < mostWaiting) line.waiting.push([request, response]);
    else socket.destroy();
  };

  /** The response that a connection waits for; undefined if it waits for none. */
  currentOf(socket: Duplex): ServerResponse | undefined {
    return this.#lines.get(socket)?.current;
  }

  /** Whether further requests wait behind that. */
  isWaiting(socket: Duplex): boolean {
    return (this.#lines.get(socket)?.waiting.length ?? 0) > 0;
  }

  #begin(line: Line, request: IncomingMessage, response: ServerResponse): void {
    line.current = response;
    response.once('close', () => {
      line.current = undefined;
      const [next, answer] = line.waiting.shift() ?? [];
      if (next === undefined || answer === undefined) return;
      if (next.socket.writable) this.#begin(line, next, answer);
      else line.waiting.length = 0;
    });
    this.#listener(request, response);
  }
}
