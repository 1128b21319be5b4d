// What plain requests are told that nothing is released for: where they have come to, and where something is.
import type { Problem } from './problem.ts';
import { nameList } from './problem.ts';
import type { RoutingTable } from './table/routing-table.ts';

/** Of a virtual environment in which nothing is released. */
export function nothingReleased(table: RoutingTable, environment: string): Problem {
  const isDefault = table.environments.default === environment;
  const where = isDefault
    ? `${environment}, where requests go that no host, no path and no kf-ve leads elsewhere`
    : environment;
  const others = isDefault ? releasedOpenly(table) : [];
  return {
    problem: 'nothing-released',
    detail: `Nothing is released in virtual environment ${where}.${elsewhere(others)} A version can be asked for with ?kf-dep=<version>.`,
    try: [
      `fox release <version> --virtual-env ${environment}`,
      'fox versions',
      ...others.slice(0, 1).map((name) => `?kf-ve=${name}`),
    ],
    facts: { environment },
  };
}

/** Of a request that nothing leads to a virtual environment, where there is no default one. */
export function nowhere(table: RoutingTable): Problem {
  if (table.environments.names.length === 0) {
    return {
      problem: 'nothing-deployed',
      detail: 'There is no virtual environment: nothing has been deployed here yet.',
      try: ['fox deploy <version>'],
    };
  }
  const others = releasedOpenly(table);
  return {
    problem: 'no-default-environment',
    detail: `There is no default virtual environment, and none has this host or path.${elsewhere(others)} Another one can be asked for with ?kf-ve=<virtual environment>.`,
    try: ['fox env list', 'fox deploy <version>', ...others.slice(0, 1).map((name) => `?kf-ve=${name}`)],
  };
}

function elsewhere(names: readonly string[]): string {
  return names.length === 0 ? '' : ` Something is released in ${nameList(names)}.`;
}

/** Environments in which something is released, and that everybody may ask for by name. */
function releasedOpenly(table: RoutingTable): string[] {
  return table.environments.names.filter(
    (name) => table.released(name).size > 0 && table.environments.get(name)?.access === 'open',
  );
}
