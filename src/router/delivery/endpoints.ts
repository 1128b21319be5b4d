// Where the pods of each workload can be reached.
import { type Nature, WorkloadPods } from './workload-pods.ts';

const realNature: Nature = { now: () => performance.now(), random: Math.random };

interface Known {
  readonly pods: WorkloadPods;
  /** Requests that hold on to it. */
  users: number;
}

/** Pods by workload key. */
export class Endpoints {
  readonly #nature: Nature;
  readonly #workloads = new Map<string, Known>();

  constructor(nature = realNature) {
    this.#nature = nature;
  }

  /** A pod lives; `origin` is its base URL if it is ready. */
  set(workload: string, pod: string, origin: string | undefined): void {
    this.#of(workload).pods.set(pod, origin);
  }

  /** A pod is gone or going. */
  delete(workload: string, pod: string): void {
    const known = this.#workloads.get(workload);
    known?.pods.delete(pod);
    this.#forgetIfUnused(workload, known);
  }

  /** Whether pods of a workload live, ready or not. */
  hasPods(workload: string): boolean {
    return this.#workloads.get(workload)?.pods.hasPods ?? false;
  }

  /** The pods of a workload, as they are and will be until {@link leave}; there may be none yet. */
  enter(workload: string): WorkloadPods {
    const known = this.#of(workload);
    known.users += 1;
    return known.pods;
  }

  leave(workload: string): void {
    const known = this.#workloads.get(workload);
    if (known === undefined) return;
    known.users -= 1;
    this.#forgetIfUnused(workload, known);
  }

  /** Closes all connections, those in use at once. */
  async destroy(): Promise<void> {
    const all = [...this.#workloads.values()];
    this.#workloads.clear();
    await Promise.all(all.map(async ({ pods }) => pods.destroy()));
  }

  #of(workload: string): Known {
    let known = this.#workloads.get(workload);
    if (known === undefined) {
      known = { pods: new WorkloadPods(this.#nature), users: 0 };
      this.#workloads.set(workload, known);
    }
    return known;
  }

  #forgetIfUnused(workload: string, known: Known | undefined): void {
    if (known?.users === 0 && !known.pods.hasPods) this.#workloads.delete(workload);
  }
}
