// Finds a pod for a request, another one each time: waits for room, and for a pod to become ready while the workload is coming up.
import { deliveryDefaults } from '../../core/routing/delivery-defaults.ts';
import type { Problem } from '../../core/routing/problem.ts';
import { noReadyPod, overloaded } from './delivery-problem.ts';
import type { Endpoint } from './endpoint.ts';
import type { Endpoints } from './endpoints.ts';
import type { Order } from './order.ts';
import type { Patience } from '../patience.ts';
import type { Waiter } from './waiting-line.ts';
import type { WorkloadPods } from './workload-pods.ts';

/** Pods that are ready, but can't be connected to, are tried again after so many ms, then after twice as many each time. */
const firstRetry = 25;
const longestRetry = 500;

/** Most requests find a pod at once, and it answers. */
const noneTried: ReadonlySet<Endpoint> = new Set();

/** Who searches. */
export interface Seeker {
  /** The request can be sent again if it fails. */
  readonly isRepeatable: boolean;
  /** A pod is there; it is busy with the request until {@link PodSearch.release}. */
  readonly found: (endpoint: Endpoint) => void;
  /** There is none, and will be none in time. */
  readonly failed: (problem: Problem) => void;
}

/** The search for one request. Whoever begins one ends it by {@link end}. */
export class PodSearch implements Waiter {
  readonly #order: Order;
  readonly #endpoints: Endpoints;
  readonly #patience: Patience;
  readonly #seeker: Seeker;
  readonly #pods: WorkloadPods;
  #tried = noneTried;
  #endpoint: Endpoint | undefined;
  #isCounted = false;
  #isOpenStream = false;
  #waitsFor: 'room' | 'pod' | undefined;
  #waitsSince = 0;
  /** Since when no pod could be connected to. */
  #outSince: number | undefined;
  #retryDelay = firstRetry;
  #stopListening: (() => void) | undefined;
  #isOver = false;

  constructor(order: Order, endpoints: Endpoints, patience: Patience, seeker: Seeker) {
    this.#order = order;
    this.#endpoints = endpoints;
    this.#patience = patience;
    this.#seeker = seeker;
    this.#pods = endpoints.enter(order.workload);
  }

  /** Finds a pod, at once if there is one with room, and nobody waits for it already. */
  find(): void {
    const endpoint = this.#pods.line.length > 0 ? 'full' : this.#take();
    if (endpoint === 'full') this.#waitForRoom();
    else if (endpoint === undefined) this.#waitForPod();
    else this.#found(endpoint);
  }

  /** The pod could be connected to: if it fails now, that isn't because it is coming up. */
  reached(): void {
    this.#outSince = undefined;
  }

  /** The pod has begun to answer. */
  answered(): void {
    this.#endpoint?.health.succeeded();
  }

  /** The answer stands open for as long as it likes. It takes no room from others. */
  standsOpen(): void {
    if (this.#endpoint === undefined || this.#isOpenStream) return;
    this.#isOpenStream = true;
    this.#pods.leaveOpen(this.#endpoint);
  }

  /** The pod has failed: it is left out until all have been tried. */
  leaveOut(): void {
    if (this.#endpoint === undefined) return;
    this.#tried = new Set(this.#tried).add(this.#endpoint);
    this.#pods.failed(this.#endpoint);
    this.release();
  }

  /** The pod is done with the request. */
  release(): void {
    const endpoint = this.#endpoint;
    this.#endpoint = undefined;
    if (endpoint !== undefined) this.#pods.release(endpoint, this.#isOpenStream);
  }

  /** Why there was no pod until now; undefined if there is one. */
  lack(): Problem | undefined {
    if (this.#waitsFor === undefined) return undefined;
    const { component } = this.#order;
    return this.#waitsFor === 'room' ? overloaded(component) : noReadyPod(component);
  }

  /** Whether the request, of which bytes have reached a pod, may be sent to another one. */
  mayRepeat(): boolean {
    return this.#pods.mayRepeat();
  }

  /** Nobody wants a pod any more. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopWaiting();
    this.release();
    this.#endpoints.leave(this.#order.workload);
  }

  #take(): Endpoint | 'full' | undefined {
    const { concurrency = deliveryDefaults.concurrency } = this.#order.limits;
    return this.#pods.take({ tried: this.#tried, concurrency, isRepeatable: this.#seeker.isRepeatable });
  }

  #found(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    if (!this.#isCounted) this.#pods.countRequest();
    this.#isCounted = true;
    this.#order.observation.pod = endpoint.pod;
    this.#seeker.found(endpoint);
  }

  #waitForRoom(): void {
    const { line } = this.#pods;
    if (line.length >= (this.#order.limits.queue ?? deliveryDefaults.queue))
      return this.#seeker.failed(overloaded(this.#order.component));
    this.#tried = noneTried;
    this.#beginWaiting('room');
    line.join(this);
  }

  /** It is the first in line, and something may have become free. @returns whether it has left the line. */
  tryAgain(): boolean {
    const endpoint = this.#take();
    if (endpoint === 'full') return false;
    this.#stopWaiting();
    if (endpoint === undefined) this.#waitForPod();
    else this.#found(endpoint);
    return true;
  }

  /** Waits for a change of the workload's pods, or a while, and tries again. */
  #waitForPod(): void {
    const { comingUp, unseen } = this.#patience;
    const now = performance.now();
    this.#outSince ??= now;
    const left = this.#outSince + (this.#pods.hasPods ? comingUp : unseen) - now;
    if (left <= 0) return this.#seeker.failed(noReadyPod(this.#order.component));
    const retry = () => {
      this.#stopWaiting();
      this.#tried = noneTried;
      this.find();
    };
    this.#beginWaiting('pod');
    const stopListening = this.#pods.onChange(retry);
    const timer = setTimeout(retry, Math.min(left, this.#retryDelay));
    this.#retryDelay = Math.min(this.#retryDelay * 2, longestRetry);
    this.#stopListening = () => {
      stopListening();
      clearTimeout(timer);
    };
  }

  #beginWaiting(what: 'room' | 'pod'): void {
    this.#waitsFor = what;
    this.#waitsSince = performance.now();
  }

  #stopWaiting(): void {
    if (this.#waitsFor === undefined) return;
    this.#waitsFor = undefined;
    this.#order.observation.waited += performance.now() - this.#waitsSince;
    this.#pods.line.leave(this);
    this.#stopListening?.();
    this.#stopListening = undefined;
  }
}
