// All that names a virtual environment for a request, in the order in which it counts.
import { type Arrival, type Choice, chooseEnvironment } from '../environment-choice.ts';
import type { KnownEnvironments } from '../table/routed-environments.ts';

/** What decides, what would if that said nothing, and so on. */
export function namedEnvironments(
  environments: KnownEnvironments,
  arrival: Arrival,
  isLocal: boolean,
): Choice[] {
  const named: Choice[] = [];
  let rest = arrival;
  for (;;) {
    const choice = chooseEnvironment(environments, rest, isLocal);
    if (choice.by === undefined) return named;
    named.push(choice);
    if (choice.by === 'default') return named;
    rest = without[choice.by](rest);
  }
}

/** The same arrival, saying nothing by which it was chosen. */
const without: Readonly<Record<Exclude<Choice['by'], 'default' | undefined>, (arrival: Arrival) => Arrival>> =
  {
    selector: (arrival) => {
      const { environment: _, ...selectors } = arrival.selectors;
      return { ...arrival, selectors };
    },
    cookie: (arrival) => {
      const { kept: _, ...rest } = arrival;
      return rest;
    },
    host: (arrival) => {
      const { host: _, ...rest } = arrival;
      return rest;
    },
    'sub-path': (arrival) => ({ ...arrival, target: '/' }),
  };
