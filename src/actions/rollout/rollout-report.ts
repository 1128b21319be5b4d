// Tells how far a rollout is: one line per workload that changes, each thing that stands in the way once.
import type { RolloutState, WorkloadProgress } from '../../cluster/rollout/rollout-state.ts';
import type { ActionContext } from '../context.ts';

const task = { type: 'task', id: 'rollout' } as const;

/** What may pass by waiting, but is worth knowing while it lasts. */
const notable: ReadonlySet<string> = new Set(['image', 'scheduling', 'node', 'quota', 'admission']);

/** The report of one rollout. Silent where everything is ready from the beginning. */
export class RolloutReport {
  readonly #emit: ActionContext['emit'];
  readonly #waiting = new Map<string, string>();
  /** Names of those that were told to be ready. */
  readonly #ready = new Set<string>();
  /** What was last known of each one's pods, by name. */
  readonly #known = new Map<string, string>();
  readonly #told = new Set<string>();
  #shown = '';

  constructor(emit: ActionContext['emit']) {
    this.#emit = emit;
  }

  /** Tells what is new. What is still waited for comes first: no list on the screen names what is ready above it. */
  show({ workloads }: RolloutState): void {
    const waiting = workloads.filter(({ ready }) => !ready);
    for (const { name, component, cause } of waiting) {
      if (this.#ready.delete(name)) this.#emit({ type: 'warning', text: `${component} is no longer ready` });
      this.#waiting.set(name, component);
      if (cause !== undefined && !cause.final && notable.has(cause.kind))
        this.warn(`${component}: ${cause.text}`);
    }
    this.#showWaiting(waiting, workloads.length);
    if (workloads.length > 1) this.#tellReady(workloads);
  }

  #showWaiting(waiting: readonly WorkloadProgress[], count: number): void {
    const began = this.#shown !== '';
    if (waiting.length === 0 && !began) return;
    const components = [...new Set(waiting.map(({ component }) => component))].join(', ');
    const ready = `(${count - waiting.length}/${count} ready)`;
    const text = waiting.length === 0 ? `Waited ${ready}` : `Waiting for ${components} ${ready}`;
    const lines = waiting.map((each) => this.#lineOf(each));
    const shown = JSON.stringify([text, lines]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#emit({ ...task, state: began ? 'progress' : 'started', text, lines });
  }

  /** Tells something that lasts, once. */
  warn(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#emit({ type: 'warning', text });
  }

  done(count: number): void {
    if (this.#shown === '') return;
    const text = count === 1 ? 'The workload is ready' : `All ${count} workloads are ready`;
    this.#emit({ ...task, state: 'done', text });
  }

  failed(): void {
    if (this.#shown !== '') this.#emit({ ...task, state: 'failed', text: 'Not all workloads are ready' });
  }

  #tellReady(workloads: readonly WorkloadProgress[]): void {
    for (const { name, ready } of workloads) {
      const component = this.#waiting.get(name);
      if (!ready || component === undefined) continue;
      this.#waiting.delete(name);
      this.#ready.add(name);
      this.#emit({ type: 'task', id: `rollout ${name}`, state: 'done', text: `${component} is ready` });
    }
  }

  /** `web 0/1 ContainerCreating`. A Deployment that is behind its pods takes back nothing that was known of them. */
  #lineOf({ name, component, available, replicas, pods, readyPods, cause }: WorkloadProgress): string {
    const known =
      cause?.text ?? pods[0]?.message ?? pods[0]?.state ?? (readyPods > 0 ? 'Running' : undefined);
    if (known !== undefined) this.#known.set(name, known);
    return `${component} ${available}/${replicas} ${this.#known.get(name) ?? 'no pod yet'}`;
  }
}
