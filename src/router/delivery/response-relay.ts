// A component's response on its way to the client, as fast as the client takes it.
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { isTrailer, responseHeaders } from '../../core/routing/forwarded-headers.ts';
import type { Order } from './order.ts';

/** Relays one response; undici tells what comes. */
export class ResponseRelay {
  readonly #response: ServerResponse;
  readonly #order: Order;
  #hasBegun = false;

  constructor(response: ServerResponse, order: Order) {
    this.#response = response;
    this.#order = order;
  }

  /** Whether something of it went to the client, so that it can't be taken back. */
  get isUnderWay(): boolean {
    return this.#response.headersSent;
  }

  head(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    const headers = responseHeaders(textOf(controller.rawHeaders), this.#order.added);
    this.#response.writeHead(status, this.#order.shape?.(headers) ?? headers);
    // A head whose body takes its time (events) goes out at once; else it goes with the first bytes of the body.
    process.nextTick(() => {
      if (!this.#hasBegun && !this.#response.destroyed) this.#response.flushHeaders();
    });
  }

  data(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#hasBegun = true;
    if (this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once('drain', () => controller.resume());
  }

  end(trailers: Record<string, string | string[] | undefined>): void {
    this.#hasBegun = true;
    const entries = Object.entries(trailers).filter(
      (entry): entry is [string, string] => isTrailer(entry[0]) && typeof entry[1] === 'string',
    );
    if (entries.length > 0) this.#response.addTrailers(entries);
    this.#response.end();
  }

  /** Half a response can't be taken back: the client must see that it broke off. */
  breakOff(): void {
    this.#response.destroy();
  }
}

/** Raw headers as text, byte for byte. */
function textOf(headers: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(headers)) return [];
  return headers.map((each) => (typeof each === 'string' ? each : each.toString('latin1')));
}
