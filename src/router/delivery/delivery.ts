// Delivers one request to a ready pod of a workload, and the pod's response to the client, both as streams.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { isTrailer, responseHeaders } from '../../core/routing/forwarded-headers.ts';
import type { Problem } from '../../core/routing/problem.ts';
import { answerProblem } from '../requests/answer.ts';
import { deliveryProblem, isInvalid, noReadyPod } from './delivery-problem.ts';
import type { Endpoint, Endpoints } from './endpoints.ts';
import type { DeliverySettings } from '../../core/version/app.ts';
import type { Observation } from '../requests/observation.ts';
import { RequestBody } from './request-body.ts';

/** What is delivered. */
export interface Order {
  /** Workload key. */
  readonly workload: string;
  readonly component: string;
  readonly target: string;
  /** Headers of the request to the component: name, value, … */
  readonly headers: string[];
  /** Headers that are added to the response. */
  readonly added: readonly string[];
  readonly observation: Observation;
  /** How much of the component is asked for at once. */
  readonly limits: DeliverySettings;
  /** Ms until the response must have begun, where its route says so. */
  readonly timeout?: number;
  /** When it must have begun, in ms since 1970, where the request carries that. */
  readonly deadline?: number;
  /** Bytes that the request's body may have; absent: any. */
  readonly maxBody?: number;
}

/** How long things may take, in ms. */
export interface Patience {
  /** From the request to the response's head. */
  readonly deadline: number;
  /** For a pod to become ready, while there are pods. */
  readonly comingUp: number;
  /** For a pod to appear: what is told of pods may lag behind what is told of versions. */
  readonly unseen: number;
  /** For the pod that calls to be told of: kubelets report addresses a second or two after the start. */
  readonly unknownCaller: number;
  /** For the watch to deliver what the API has. */
  readonly lagging: number;
}

export const defaultPatience: Patience = {
  deadline: 60_000,
  comingUp: 5_000,
  unseen: 1_000,
  unknownCaller: 5_000,
  lagging: 5_000,
};

const replayable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** How often a request that may have been processed, but can be repeated, is sent in all. */
const mostSent = 3;
const firstRetry = 25;
const longestRetry = 500;

/** One request under way. undici tells it what comes back. */
export class Delivery implements Dispatcher.DispatchHandler {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #order: Order;
  readonly #endpoints: Endpoints;
  readonly #patience: Patience;
  readonly #began = Date.now();
  #waitsSince: number | undefined;
  readonly #body: RequestBody | undefined;
  readonly #tried = new Set<Endpoint>();
  #endpoint: Endpoint | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #isSent = false;
  #timesSent = 0;
  #retryDelay = firstRetry;
  #stopWaiting: (() => void) | undefined;
  #hasBegun = false;
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
    this.#endpoints = endpoints;
    this.#patience = patience;
    this.#body = hasBody(request) ? new RequestBody(request) : undefined;
    response.on('close', () => this.#end());
  }

  /** Sends it to a pod; waits for one if there is none. */
  start(): void {
    const endpoint = this.#endpoints.pick(this.#order.workload, this.#tried);
    if (endpoint === undefined) return this.#wait();
    this.#endpoint = endpoint;
    this.#isSent = false;
    endpoint.busy += 1;
    endpoint.pool.dispatch(
      {
        method: this.#request.method ?? 'GET',
        path: this.#order.target,
        headers: this.#order.headers,
        body: this.#body ?? null,
        headersTimeout: Math.max(1, this.#patience.deadline - this.#elapsed()),
      },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#isSent = true;
    this.#timesSent += 1;
    this.#order.observation.attempts += 1;
    this.#waitsSince = undefined;
    if (this.#isOver) controller.abort(new Error('the client went away'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    this.#response.writeHead(status, responseHeaders(textOf(controller.rawHeaders), this.#order.added));
    // A head whose body takes its time (events) goes out at once; else it goes with the first bytes of the body.
    process.nextTick(() => {
      if (!this.#hasBegun && !this.#isOver) this.#response.flushHeaders();
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#hasBegun = true;
    if (this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once('drain', () => controller.resume());
  }

  onResponseEnd(
    _: Dispatcher.DispatchController,
    trailers: Record<string, string | string[] | undefined>,
  ): void {
    this.#release();
    this.#hasBegun = true;
    const entries = Object.entries(trailers).filter(
      (entry): entry is [string, string] => isTrailer(entry[0]) && typeof entry[1] === 'string',
    );
    if (entries.length > 0) this.#response.addTrailers(entries);
    this.#response.end();
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    const endpoint = this.#endpoint;
    this.#release();
    if (this.#isOver) return;
    // Half a response can't be taken back: the client must see that it broke off.
    if (this.#response.headersSent) this.#response.destroy();
    else if (this.#mayRetry(error)) {
      if (endpoint !== undefined) this.#tried.add(endpoint);
      this.start();
    } else this.#answer(deliveryProblem(error, this.#order.component, this.#patience.deadline));
  }

  /** Never after a byte that may have been processed, unless to repeat it changes nothing. */
  #mayRetry(error: Error): boolean {
    if (this.#elapsed() >= this.#patience.deadline || isInvalid(error)) return false;
    if (!this.#isSent) return true;
    return (
      this.#body === undefined && this.#timesSent < mostSent && replayable.has(this.#request.method ?? '')
    );
  }

  /** Waits for a change of the workload's pods, or a while, and tries again. */
  #wait(): void {
    const { workload, component } = this.#order;
    const limit = this.#endpoints.hasPods(workload) ? this.#patience.comingUp : this.#patience.unseen;
    this.#waitsSince ??= Date.now();
    const left = Math.min(this.#waitsSince + limit, this.#began + this.#patience.deadline) - Date.now();
    if (left <= 0) return this.#answer(noReadyPod(component));
    const retry = () => {
      this.#stopWaiting?.();
      this.#tried.clear();
      this.start();
    };
    const stopListening = this.#endpoints.onChange(workload, retry);
    const timer = setTimeout(retry, Math.min(left, this.#retryDelay));
    this.#retryDelay = Math.min(this.#retryDelay * 2, longestRetry);
    this.#stopWaiting = () => {
      stopListening();
      clearTimeout(timer);
      this.#stopWaiting = undefined;
    };
  }

  #answer(problem: Problem): void {
    this.#body?.destroy();
    this.#order.observation.problem = problem.problem;
    answerProblem(this.#response, problem, this.#order.added);
  }

  /** The response is done, or the client is gone. */
  #end(): void {
    this.#isOver = true;
    this.#stopWaiting?.();
    if (!this.#response.writableFinished) this.#controller?.abort(new Error('the client went away'));
    this.#release();
  }

  #release(): void {
    if (this.#endpoint !== undefined) this.#endpoint.busy -= 1;
    this.#endpoint = undefined;
    this.#controller = undefined;
  }

  #elapsed(): number {
    return Date.now() - this.#began;
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Raw headers as text, byte for byte. */
function textOf(headers: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(headers)) return [];
  return headers.map((each) => (typeof each === 'string' ? each : each.toString('latin1')));
}
