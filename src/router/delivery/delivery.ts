// Delivers one request: finds a pod, sends it there, relays the response; again at another pod where that is safe.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Problem } from '../../core/routing/problem.ts';
import { answerObserved } from '../requests/answer.ts';
import { timeoutHeader } from './deadline.ts';
import { bodyTooLarge, deadlineExceeded, deliveryProblem, isFinal } from './delivery-problem.ts';
import type { Endpoint } from './endpoint.ts';
import type { Endpoints } from './endpoints.ts';
import type { Order } from './order.ts';
import type { Patience } from '../patience.ts';
import { PodSearch } from './pod-search.ts';
import { refuseBody } from './refuse-body.ts';
import { BodyTooLarge, ClientGone, hasBody, RequestBody } from './request-body.ts';
import { ResponseRelay } from './response-relay.ts';
import { isRepeatable, mayRetry } from './retry-policy.ts';
import { UpgradeResponse, upgradeProtocol } from './upgrade-response.ts';

/** One request under way. undici tells it what comes back. */
export class Delivery implements Dispatcher.DispatchHandler {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #order: Order;
  readonly #isRepeatable: boolean;
  readonly #search: PodSearch;
  readonly #body: RequestBody | undefined;
  readonly #relay: ResponseRelay;
  /** When the response must have begun, by performance.now(). */
  readonly #until: number;
  #deadline: NodeJS.Timeout | undefined;
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
    this.#until = performance.now() + order.timeout;
    this.#isRepeatable = isRepeatable(request.method ?? '') && !(response instanceof UpgradeResponse);
    this.#body = hasBody(request)
      ? new RequestBody(request, {
          limit: order.maxBody,
          stalled: patience.stalled,
          isRepeatable: this.#isRepeatable,
          count: (bytes) => this.#received(bytes),
        })
      : undefined;
    this.#relay = new ResponseRelay(response, order);
    this.#search = new PodSearch(order, endpoints, patience, {
      isRepeatable: this.#isRepeatable && this.#body === undefined,
      found: (endpoint) => this.#send(endpoint),
      failed: (problem) => this.#answer(problem),
    });
    response.on('close', () => this.#end());
  }

  start(): void {
    const { maxBody, timeout, component } = this.#order;
    if (maxBody !== undefined && Number(this.#request.headers['content-length'] ?? 0) > maxBody)
      return this.#answer(bodyTooLarge(maxBody));
    if (timeout <= 0) return this.#answer(deadlineExceeded(component, timeout));
    this.#deadline = setTimeout(() => this.#giveUp(), timeout);
    this.#search.find();
  }

  #send({ pool }: Endpoint): void {
    this.#isSent = false;
    const left = Math.max(1, Math.ceil(this.#until - performance.now()));
    pool.dispatch(
      {
        method: this.#request.method ?? 'GET',
        path: this.#order.target,
        headers: [...this.#order.headers, timeoutHeader, String(left)],
        body: this.#body?.open() ?? null,
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
    if (this.#isOver) controller.abort(new Error('nobody waits for it any more'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // Throws if the client can't be given it: the request is tried again then, and its time still runs.
    this.#relay.head(controller, status);
    if (status >= 200) this.#answered();
    if (this.#order.observation.stream !== undefined) this.#search.standsOpen();
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
    this.#answered();
    if (problem === undefined) return this.#search.standsOpen();
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
    this.#body?.end();
    this.#relay.end(trailers);
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#controller = undefined;
    if (this.#isOver) return;
    if (this.#relay.isUnderWay) {
      this.#search.release();
      this.#relay.breakOff();
    } else if (error instanceof ClientGone) {
      this.#stop();
      this.#response.destroy();
    } else if (error instanceof BodyTooLarge) this.#answer(bodyTooLarge(this.#order.maxBody ?? 0));
    else if (isFinal(error)) this.#answer(deliveryProblem(error, this.#order.component));
    else this.#tryAnother(error);
  }

  /** The pod has failed. */
  #tryAnother(error: Error): void {
    this.#search.leaveOut();
    const attempts = {
      isRepeatable: this.#isRepeatable,
      isSent: this.#isSent,
      timesSent: this.#timesSent,
      isWhole: this.#body?.isWhole ?? true,
    };
    if (mayRetry(attempts, () => this.#search.mayRepeat())) this.#search.find();
    else this.#answer(deliveryProblem(error, this.#order.component));
  }

  /** Some of the body has come. */
  #received(bytes: number): void {
    this.#order.observation.bytesIn += bytes;
    if (!this.#order.isFirm) this.#deadline?.refresh();
  }

  #answered(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#search.answered();
  }

  /** The time is over. */
  #giveUp(): void {
    const { component, timeout } = this.#order;
    this.#answer(this.#search.lack() ?? deadlineExceeded(component, timeout));
  }

  #answer(problem: Problem): void {
    this.#stop();
    const { observation, added, tell } = this.#order;
    const told = tell?.(problem) ?? problem;
    const observed = { response: this.#response, observation, added };
    if (told.problem === 'body-too-large') refuseBody(this.#request, observed, told);
    else answerObserved(observed, told);
  }

  /** The response is done, or the client is gone. */
  #end(): void {
    if (this.#response.writableFinished) this.#controller = undefined;
    this.#stop();
  }

  /** No pod is needed any more. */
  #stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#controller?.abort(new Error('nobody waits for it any more'));
    this.#controller = undefined;
    this.#search.end();
    this.#body?.end();
  }

  #release(): void {
    this.#search.release();
    this.#controller = undefined;
  }
}
