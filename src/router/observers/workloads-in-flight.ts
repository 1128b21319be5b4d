// Which requests are under way in which workload: by that one tells what a call without context may have been made for.
import type { Observation } from './observation.ts';

/** Requests that are under way in one workload. */
interface InFlight {
  all: number;
  /** How many of each probe; absent: there was none. */
  probes?: Map<string, number>;
}

/** Requests under way, by workload. */
export class WorkloadsInFlight {
  readonly #workloads = new Map<string, InFlight>();

  begin({ workload, probe }: Observation): void {
    if (workload === undefined) return;
    let known = this.#workloads.get(workload);
    if (known === undefined) {
      known = { all: 0 };
      this.#workloads.set(workload, known);
    }
    known.all += 1;
    if (probe === undefined) return;
    known.probes ??= new Map();
    known.probes.set(probe, (known.probes.get(probe) ?? 0) + 1);
  }

  end({ workload, probe }: Observation): void {
    const known = this.#workloads.get(workload ?? '');
    if (workload === undefined || known === undefined) return;
    known.all -= 1;
    if (known.all === 0) this.#workloads.delete(workload);
    if (probe === undefined || known.probes === undefined) return;
    const left = (known.probes.get(probe) ?? 1) - 1;
    if (left === 0) known.probes.delete(probe);
    else known.probes.set(probe, left);
  }

  /** Probes under way in a workload, and whether something else is. */
  probesIn(workload: string): { readonly probe: string; readonly isShared: boolean }[] {
    const known = this.#workloads.get(workload);
    if (known?.probes === undefined) return [];
    return [...known.probes].map(([probe, count]) => ({ probe, isShared: count < known.all }));
  }
}
