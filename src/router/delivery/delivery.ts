// Delivers one request: finds a pod, sends it there, relays the response; again at another pod where that is safe.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Problem } from '../../core/routing/problem.ts';
import { answerObserved } from '../requests/exchange.ts';
import { deliveryProblem, isInvalid } from './delivery-problem.ts';
import type { Endpoint, Endpoints } from './endpoints.ts';
import type { Order, Patience } from './order.ts';
import { PodSearch } from './pod-search.ts';
import { RequestBody } from './request-body.ts';
import { ResponseRelay } from './response-relay.ts';
import { mayRetry } from './retry-policy.ts';
import { UpgradeResponse, upgradeProtocol } from './upgrade-response.ts';

/** One request under way. undici tells it what comes back. */
export class Delivery implements Dispatcher.DispatchHandler {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #order: Order;
  readonly #patience: Patience;
  /** When the response must have begun, in ms since 1970. */
  readonly #until: number;
  readonly #search: PodSearch;
  readonly #body: RequestBody | undefined;
  readonly #relay: ResponseRelay;
  #controller: Dispatcher.DispatchController | undefined;
  #isSent = false;
  #timesSent = 0;
  #isOver = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    order: Order,
    endpoints: Endpoints,
    patience: Patience,
  ) {
    this.#request = request;
    this.#response = response;
    this.#order = order;
    this.#patience = patience;
    this.#until = Date.now() + patience.deadline;
    this.#body = hasBody(request) ? new RequestBody(request) : undefined;
    this.#relay = new ResponseRelay(response, order);
    this.#search = new PodSearch(order, endpoints, patience, this.#until, {
      found: (endpoint) => this.#send(endpoint),
      failed: (problem) => this.#answer(problem),
    });
    response.on('close', () => this.#end());
  }

  start(): void {
    this.#search.find();
  }

  #send({ pool }: Endpoint): void {
    this.#isSent = false;
    pool.dispatch(
      {
        method: this.#request.method ?? 'GET',
        path: this.#order.target,
        headers: this.#order.headers,
        body: this.#body ?? null,
        headersTimeout: Math.max(1, this.#until - Date.now()),
        ...(this.#response instanceof UpgradeResponse ? { upgrade: upgradeProtocol } : {}),
      },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#isSent = true;
    this.#timesSent += 1;
    this.#order.observation.attempts += 1;
    this.#search.reached();
    if (this.#isOver) controller.abort(new Error('the client went away'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    this.#relay.head(controller, status);
  }

  /** The component agrees to speak another protocol: for as long as it does, it is busy with the request. */
  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
    socket: Duplex,
  ): void {
    this.#controller = undefined;
    const problem = this.#relay.upgrade(controller, status, headers['upgrade'], socket as Socket);
    if (problem === undefined) return;
    this.#release();
    this.#answer(problem);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#relay.data(controller, chunk);
  }

  onResponseEnd(
    _: Dispatcher.DispatchController,
    trailers: Record<string, string | string[] | undefined>,
  ): void {
    this.#release();
    this.#relay.end(trailers);
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#isOver) return this.#release();
    if (!this.#relay.isUnderWay && this.#mayRetry(error)) {
      this.#search.leaveOut();
      this.#controller = undefined;
      return this.#search.find();
    }
    this.#release();
    if (this.#relay.isUnderWay) this.#relay.breakOff();
    else this.#answer(deliveryProblem(error, this.#order.component, this.#patience.deadline));
  }

  #mayRetry(error: Error): boolean {
    if (Date.now() >= this.#until || isInvalid(error)) return false;
    return mayRetry({
      method: this.#request.method ?? '',
      isSent: this.#isSent,
      timesSent: this.#timesSent,
      hasBody: this.#body !== undefined || this.#response instanceof UpgradeResponse,
    });
  }

  #answer(problem: Problem): void {
    this.#body?.destroy();
    const { observation, added, tell } = this.#order;
    answerObserved({ response: this.#response, observation, added }, tell?.(problem) ?? problem);
  }

  /** The response is done, or the client is gone. */
  #end(): void {
    this.#isOver = true;
    if (!this.#response.writableFinished) this.#controller?.abort(new Error('the client went away'));
    this.#search.end();
    this.#controller = undefined;
  }

  #release(): void {
    this.#search.release();
    this.#controller = undefined;
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
