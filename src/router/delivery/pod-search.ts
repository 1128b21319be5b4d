// Finds a ready pod for a request, another one each time, and waits for one while the workload is coming up.
import type { Problem } from '../../core/routing/problem.ts';
import { noReadyPod } from './delivery-problem.ts';
import type { Endpoint, Endpoints } from './endpoints.ts';
import type { Order, Patience } from './order.ts';

const firstRetry = 25;
const longestRetry = 500;

/** Hears how the search went. */
export interface Seeker {
  /** A pod is ready; it counts as busy with the request until {@link PodSearch.release}. */
  readonly found: (endpoint: Endpoint) => void;
  readonly failed: (problem: Problem) => void;
}

/** The search for one request. */
export class PodSearch {
  readonly #order: Order;
  readonly #endpoints: Endpoints;
  readonly #patience: Patience;
  readonly #seeker: Seeker;
  readonly #until: number;
  readonly #tried = new Set<Endpoint>();
  #endpoint: Endpoint | undefined;
  #waitsSince: number | undefined;
  #retryDelay = firstRetry;
  #stopWaiting: (() => void) | undefined;

  /** @param until when it is given up, in ms since 1970. */
  constructor(order: Order, endpoints: Endpoints, patience: Patience, until: number, seeker: Seeker) {
    this.#order = order;
    this.#endpoints = endpoints;
    this.#patience = patience;
    this.#until = until;
    this.#seeker = seeker;
  }

  /** Finds a pod, at once if there is one. */
  find(): void {
    const endpoint = this.#endpoints.pick(this.#order.workload, this.#tried);
    if (endpoint === undefined) return this.#wait();
    this.#endpoint = endpoint;
    endpoint.busy += 1;
    this.#seeker.found(endpoint);
  }

  /** The pod could be connected to: if it fails now, that is no longer about its coming up. */
  reached(): void {
    this.#waitsSince = undefined;
  }

  /** The pod has failed: it is left out until all have been tried. */
  leaveOut(): void {
    if (this.#endpoint !== undefined) this.#tried.add(this.#endpoint);
    this.release();
  }

  /** The pod is no longer busy with the request. */
  release(): void {
    if (this.#endpoint !== undefined) this.#endpoint.busy -= 1;
    this.#endpoint = undefined;
  }

  /** Nobody wants a pod any more. */
  end(): void {
    this.#stopWaiting?.();
    this.release();
  }

  /** Waits for a change of the workload's pods, or a while, and tries again. */
  #wait(): void {
    const { workload, component } = this.#order;
    const limit = this.#endpoints.hasPods(workload) ? this.#patience.comingUp : this.#patience.unseen;
    this.#waitsSince ??= Date.now();
    const left = Math.min(this.#waitsSince + limit, this.#until) - Date.now();
    if (left <= 0) return this.#seeker.failed(noReadyPod(component));
    const retry = () => {
      this.#stopWaiting?.();
      this.#tried.clear();
      this.find();
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
}
