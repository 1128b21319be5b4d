// A component's response on its way to the client, as fast as the client takes it.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { isTrailer, responseHeaders } from '../../core/routing/response-headers.ts';
import type { Problem } from '../../core/routing/problem.ts';
import { tellStream } from '../observers/observation.ts';
import { wrongProtocol } from './delivery-problem.ts';
import type { Order } from './order.ts';
import { isEvents, isSized, withoutLength } from './stream-headers.ts';
import { observeTunnel } from './tunnel.ts';
import { UpgradeResponse } from './upgrade-response.ts';

/** Interim responses (1xx) that a component may send before its response; none of them is passed on. */
const mostInterim = 100;

/** Responses that are over with their head (RFC 9110, 6.4.1), as those to HEAD are. */
const bodiless: ReadonlySet<number> = new Set([204, 304]);

/** Relays one response; undici tells what comes. */
export class ResponseRelay {
  readonly #response: ServerResponse;
  readonly #order: Order;
  #hasBegun = false;
  #interim = 0;
  /** Its length is told before its body, or the body's end is marked. */
  #isSized = false;

  constructor(response: ServerResponse, order: Order) {
    this.#response = response;
    this.#order = order;
  }

  /** Whether something of it went to the client, so that it can't be taken back. */
  get isUnderWay(): boolean {
    return this.#response.headersSent;
  }

  head(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return this.#skip(controller);
    const headers = this.#headers(controller);
    // A response without a body has no length (RFC 9110, 8.6): somebody might wait for it.
    this.#response.writeHead(status, status === 204 ? withoutLength(headers) : headers);
    this.#isSized = isSized(headers);
    this.#order.observation.answered = performance.now();
    if (isEvents(headers)) tellStream(this.#order.observation, 'events');
    // undici takes the length of a 304 for that of a body which breaks off: there is none to wait for.
    if (bodiless.has(status)) return void this.#response.end();
    // A head whose body takes its time (events) goes out at once; else it goes with the first bytes of the body.
    process.nextTick(() => {
      if (!this.#hasBegun && !this.#response.destroyed) this.#response.flushHeaders();
    });
  }

  /** The component speaks another protocol from here on. @returns why its client can't be told to. */
  upgrade(
    controller: Dispatcher.DispatchController,
    status: number,
    protocol: unknown,
    component: Socket,
  ): Problem | undefined {
    const response = this.#response;
    const client = response.socket;
    if (client === null || !(response instanceof UpgradeResponse) || !response.asksFor(status, protocol)) {
      component.destroy();
      return wrongProtocol(this.#order.component);
    }
    observeTunnel(this.#order.observation, response, component);
    response.switchTo(component, this.#headers(controller));
    tellStream(this.#order.observation, 'websocket');
    return undefined;
  }

  data(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#hasBegun = true;
    this.#order.observation.bytesOut += chunk.length;
    if (this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once('drain', () => controller.resume());
  }

  end(trailers: Record<string, string | string[] | undefined>): void {
    if (this.#response.writableEnded) return;
    this.#hasBegun = true;
    const entries = Object.entries(trailers).filter(
      (entry): entry is [string, string] => isTrailer(entry[0]) && typeof entry[1] === 'string',
    );
    if (entries.length > 0) this.#response.addTrailers(entries);
    this.#response.end();
  }

  /** Half a response can't be taken back: the client must see that it broke off. */
  breakOff(): void {
    if (this.#response.writableEnded) return;
    this.#order.observation.end = 'broken';
    // Without a length, for clients of HTTP/1.0, an end would look like the end of the body.
    if (!this.#isSized && !this.#response.chunkedEncoding) this.#response.socket?.resetAndDestroy();
    else this.#response.destroy();
  }

  #headers(controller: Dispatcher.DispatchController): string[] {
    const headers = responseHeaders(textOf(controller.rawHeaders), this.#order.added);
    return this.#order.shape?.(headers) ?? headers;
  }

  #skip(controller: Dispatcher.DispatchController): void {
    this.#interim += 1;
    if (this.#interim > mostInterim)
      controller.abort(new Error(`it sent more than ${mostInterim} interim responses`));
  }
}

/** Raw headers as text, byte for byte. */
function textOf(headers: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(headers)) return [];
  return headers.map((each) => (typeof each === 'string' ? each : each.toString('latin1')));
}
