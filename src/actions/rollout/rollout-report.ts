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
  readonly #told = new Set<string>();
  #shown = '';

  constructor(emit: ActionContext['emit']) {
    this.#emit = emit;
  }

  /** Tells what is new. */
  show({ workloads }: RolloutState): void {
    const waiting = workloads.filter(({ ready }) => !ready);
    const began = this.#shown !== '';
    if (workloads.length > 1) this.#tellReady(workloads);
    for (const { name, component } of waiting) this.#waiting.set(name, component);
    for (const { component, cause } of waiting)
      if (cause !== undefined && !cause.final && notable.has(cause.kind))
        this.warn(`${component}: ${cause.text}`);
    if (waiting.length === 0) return;
    const components = [...new Set(waiting.map(({ component }) => component))].join(', ');
    const text = `Waiting for ${components} (${workloads.length - waiting.length}/${workloads.length} ready)`;
    const lines = waiting.map(lineOf);
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
      this.#emit({ type: 'task', id: `rollout ${name}`, state: 'done', text: `${component} is ready` });
    }
  }
}

/** `web 0/1 ContainerCreating` */
function lineOf({ component, available, replicas, pods, cause }: WorkloadProgress): string {
  const state = cause?.text ?? pods[0]?.message ?? pods[0]?.state ?? 'no pod yet';
  return `${component} ${available}/${replicas} ${state}`;
}
