// Counts, per component that calls, how its calls got their context: what is lost shows where nobody looks for it.
import type { HopCount } from '../../core/routing/router-report.ts';
import type { Observation, Observer } from './observation.ts';

/** More aren't told: a Lease is small. */
const mostTold = 100;

interface Count {
  app: string;
  caller: string;
  carried: number;
  without: number;
  refused: number;
}

/** Hears of calls. */
export class HopCounts implements Observer {
  readonly #counts = new Map<string, Count>();

  readonly onRouted = (observation: Observation): void => {
    const { caller, hopContext, problem } = observation;
    if (caller === undefined || hopContext === undefined) return;
    const kind = hopContext === 'carried' ? 'carried' : problem === 'context-lost' ? 'refused' : 'without';
    // What is refused for another reason says nothing of the context.
    if (kind === 'without' && problem !== undefined) return;
    this.#countOf(caller.app, caller.component)[kind] += 1;
  };

  /** JSON of a list of {@link HopCount}, the busiest callers first; empty where there is none. */
  readonly text = (): string => {
    const all: HopCount[] = [...this.#counts.values()]
      .toSorted((a, b) => totalOf(b) - totalOf(a))
      .slice(0, mostTold);
    return all.length === 0 ? '' : JSON.stringify(all);
  };

  #countOf(app: string, caller: string): Count {
    const key = `${app}/${caller}`;
    const count = this.#counts.get(key) ?? { app, caller, carried: 0, without: 0, refused: 0 };
    this.#counts.set(key, count);
    return count;
  }
}

function totalOf({ carried, without, refused }: HopCount): number {
  return carried + without + refused;
}
