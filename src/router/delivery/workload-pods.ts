// The pods of one workload, and the requests that wait for them.
import { Endpoint } from './endpoint.ts';
import { pickEndpoint, type Wish } from './pick-endpoint.ts';
import type { PodHealth } from './pod-health.ts';
import { RetryBudget } from './retry-budget.ts';
import { WaitingLine } from './waiting-line.ts';

/** Time and chance. */
export interface Nature {
  /** In ms; it only moves forward. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** One workload. */
export class WorkloadPods {
  readonly #nature: Nature;
  /** By name of the pod. */
  readonly #ready = new Map<string, Endpoint>();
  #list: readonly Endpoint[] = [];
  /** Names of pods that live, ready or not. */
  readonly #alive = new Set<string>();
  /** Called when a pod comes, changes or goes. */
  readonly #listeners = new Set<() => void>();
  /** Requests that wait for room. */
  readonly line = new WaitingLine();
  readonly #budget = new RetryBudget();

  constructor(nature: Nature) {
    this.#nature = nature;
  }

  /** Whether pods live, ready or not. */
  get hasPods(): boolean {
    return this.#alive.size > 0;
  }

  /** A pod lives; `origin` is its base URL if it is ready. One that has become ready anew is believed to be well. */
  set(pod: string, origin: string | undefined): void {
    this.#alive.add(pod);
    const before = this.#ready.get(pod);
    if (before?.origin !== origin) {
      before?.retire();
      this.#ready.delete(pod);
      if (origin !== undefined) this.#ready.set(pod, new Endpoint(pod, origin));
    }
    this.#changed();
  }

  /** A pod is gone or going. */
  delete(pod: string): void {
    this.#ready.get(pod)?.retire();
    this.#ready.delete(pod);
    this.#alive.delete(pod);
    this.#changed();
  }

  /** A pod that works on the request until {@link release}; `full` if none has room; undefined if there is none to try. */
  take(wish: Wish): Endpoint | 'full' | undefined {
    const now = this.#nature.now();
    const endpoint = pickEndpoint(this.#list, wish, now, this.#nature.random);
    if (endpoint === undefined || endpoint === 'full') return endpoint;
    if (!endpoint.health.isWell) endpoint.health.beginProbe();
    endpoint.busy += 1;
    endpoint.working += 1;
    return endpoint;
  }

  /** What was work is an open stream from now on, which leaves room for others. */
  leaveOpen(endpoint: Endpoint): void {
    endpoint.working -= 1;
    this.line.serve();
  }

  /** The pod is done with a request. */
  release(endpoint: Endpoint, isOpenStream: boolean): void {
    endpoint.busy -= 1;
    if (!endpoint.health.isWell) endpoint.health.endProbe();
    if (isOpenStream) return;
    endpoint.working -= 1;
    this.line.serve();
  }

  /** The pod failed a request before it answered. */
  failed({ health }: Endpoint): void {
    health.failed(this.#nature.now(), () => this.#leftOut().length < this.#mostLeftOut());
  }

  /** A request has come, however often it will be sent. */
  countRequest(): void {
    this.#budget.countRequest(this.#nature.now());
  }

  /** Whether one more request that may have been processed may be sent again. */
  mayRepeat(): boolean {
    return this.#budget.spend(this.#nature.now());
  }

  /** Calls back once at the next change. @returns what takes that back. */
  onChange(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  /** Closes all connections, those in use at once. */
  async destroy(): Promise<void> {
    await Promise.all(this.#list.map(async ({ pool }) => pool.destroy()));
  }

  #changed(): void {
    this.#list = [...this.#ready.values()];
    this.#readmitSome();
    const callbacks = [...this.#listeners];
    this.#listeners.clear();
    this.line.serve();
    for (const callback of callbacks) callback();
  }

  /** With fewer pods, fewer may be left out: those come back first whose time would have come first. */
  #readmitSome(): void {
    const leftOut = this.#leftOut();
    const tooMany = leftOut.length - this.#mostLeftOut();
    if (tooMany <= 0) return;
    const inOrder = leftOut.toSorted((a, b) => (a.leftOutUntil ?? 0) - (b.leftOutUntil ?? 0));
    for (const health of inOrder.slice(0, tooMany)) health.readmit();
  }

  #leftOut(): PodHealth[] {
    return this.#list.map(({ health }) => health).filter(({ isWell }) => !isWell);
  }

  /** Never more than half of them: where most fail, to leave them out would only bury those that are left. */
  #mostLeftOut(): number {
    return Math.floor(this.#list.length / 2);
  }
}
