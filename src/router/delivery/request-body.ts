// A request's body on its way to a component: nothing of it is read before a connection stands, and then only as fast as it is sent on.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { askForBody } from '../server/held-body.ts';

/** A client that sends nothing for this long while the component waits is cut off. */
const stalledMilliseconds = 60_000;

/**
 * undici destroys the body of a request that fails. This one stands between, so that the client's connection survives and
 * can be given an answer.
 */
export class RequestBody extends Readable {
  readonly #request: IncomingMessage;
  #stalled: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage) {
    super();
    this.#request = request;
    // undici listens while it sends; an error after that concerns nobody, but would end the process.
    this.on('error', () => undefined);
  }

  override _read(): void {
    if (this.#stalled === undefined) this.#begin();
    this.#stalled?.refresh();
    this.#request.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#stalled);
    this.#request.removeAllListeners('data');
    // What is left of it is read and dropped, so that the answer reaches a client that is still sending.
    this.#request.resume();
    done(error);
  }

  #begin(): void {
    const request = this.#request;
    askForBody(request);
    this.#stalled = setTimeout(() => {
      if (!request.isPaused()) request.destroy(new Error('the client stopped sending'));
    }, stalledMilliseconds);
    request.on('data', (chunk: Buffer) => {
      this.#stalled?.refresh();
      if (!this.push(chunk)) request.pause();
    });
    request.on('end', () => {
      clearTimeout(this.#stalled);
      this.push(null);
    });
    request.on('error', (error) => this.destroy(error));
    request.on('close', () => {
      if (!request.complete) this.destroy(new Error('the client went away'));
    });
  }
}
