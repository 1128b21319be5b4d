// Checks a change of virtual environments as a whole, before anything of it is done: every problem at once.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { EnvironmentDefinition, EnvironmentDefinitions } from '../../core/environment-definition.ts';
import { checkEnvironment, problemText } from '../../core/environment-check.ts';
import { FoxError } from '../../core/errors.ts';
import { effectiveEnvironments, lineageOf } from '../../core/inheritance.ts';
import { didYouMean } from '../../core/names.ts';
import { environmentFor } from '../../core/wanted.ts';
import type { ChangePlan } from './change-plan.ts';
import { definitionProblems } from './definition-problems.ts';

/** Lines that say what is wrong, and what to do about it. */
interface Problems {
  readonly lines: readonly string[];
  readonly hints: readonly string[];
}

/** Where the change is made. */
export interface ChangePlace {
  /** Name of the environment of plain traffic without any selector. */
  readonly defaultEnvironment: string;
}

/** @throws FoxError REFUSED with all problems; nothing was changed. */
export function refuseInvalidChange(state: NamespaceState, plan: ChangePlan, place: ChangePlace): void {
  const groups = [
    definitionLines(plan, state, place),
    parentProblems(plan),
    { lines: takenAddresses(plan), hints: [] },
    versionProblems(state, plan),
  ];
  const lines = groups.flatMap((group) => group.lines);
  if (lines.length === 0) return;
  const names = plan.environments.map(({ name }) => name);
  const what = names.length > 3 ? `${names.length} virtual environments` : names.join(', ');
  throw new FoxError('REFUSED', `${what} can't be changed so; nothing was changed`, {
    details: [...new Set(lines)],
    hints: [...new Set(groups.flatMap(({ hints }) => hints))],
  });
}

function definitionLines(
  { change: { put } }: ChangePlan,
  { environments }: NamespaceState,
  { defaultEnvironment }: ChangePlace,
): Problems {
  const isDefault = (name: string) =>
    name === defaultEnvironment ||
    environments.some((each) => each.isDefault && each.definition.name === name);
  const lines = put.flatMap((definition) => {
    const { name, ttl, expiresAt } = definition;
    const endless =
      isDefault(name) && (ttl ?? expiresAt) !== undefined
        ? [`${name}: the default virtual environment never ends: it can't have a time to live`]
        : [];
    return [...definitionProblems(definition).map((problem) => `${name}: ${problem}`), ...endless];
  });
  return { lines, hints: [] };
}

/** Lines of parents that are broken: whatever inherits from what is written is so by the same. */
function parentProblems({ change: { put }, after }: ChangePlan): Problems {
  const hints: string[] = [];
  const lines = put.flatMap(({ name }) => {
    const line = lineageOf(after, name);
    if (typeof line !== 'string') return [];
    const parent = missingParent(after, name);
    if (parent === undefined) return [`${name}: ${line}`];
    const guess = didYouMean(parent, after.keys());
    hints.push(
      `\`fox env apply --name ${parent}\` makes ${parent}; \`fox env set -e ${name} --no-parent\` goes without a parent.`,
    );
    return [`${name}: ${line}${guess === undefined ? '' : `. Did you mean ${guess}?`}`];
  });
  return { lines, hints };
}

/** The first name in a line of parents that nobody has. */
function missingParent(definitions: EnvironmentDefinitions, name: string): string | undefined {
  const seen = new Set<string>();
  let current: string | undefined = name;
  while (current !== undefined && !seen.has(current)) {
    seen.add(current);
    const definition: EnvironmentDefinition | undefined = definitions.get(current);
    if (definition === undefined) return current;
    current = definition.parent;
  }
  return undefined;
}

/** Hosts and sub-paths that two environments would have, one of which is written. */
function takenAddresses({ change: { put }, after }: ChangePlan): string[] {
  const written = new Set(put.map(({ name }) => name));
  const lines: string[] = [];
  const first = new Map<string, string>();
  for (const { name, hosts = [], subPath } of after.values()) {
    const addresses = [
      ...new Set(hosts.map((host) => `host ${host}`)),
      ...(subPath === undefined ? [] : [`the sub-path ${subPath}`]),
    ];
    for (const address of addresses) {
      const other = first.get(address);
      if (other === undefined) first.set(address, name);
      else if (written.has(name) || written.has(other)) {
        const [owner, asking] = written.has(name) ? [other, name] : [name, other];
        lines.push(`${asking}: ${address} is that of ${owner}`);
      }
    }
  }
  return lines;
}

/** What keeps versions from running where they are to run, in what is changed and in all that inherits from it. */
function versionProblems({ versions }: NamespaceState, { affected, after }: ChangePlan): Problems {
  const { environments } = effectiveEnvironments(after);
  const hints: string[] = [];
  const lines = versions.flatMap((version) =>
    version.runsIn
      .filter((name) => affected.has(name))
      .flatMap((name) => {
        const environment = environmentFor(version, name, environments);
        // What a release holds on to stays as it is.
        if (environment === undefined || environment !== environments.get(name)) return [];
        const problems = checkEnvironment(version.manifest, environment);
        if (problems.length > 0)
          hints.push(`\`fox env set -e ${name} NAME=value\` gives a value; what runs there needs it.`);
        return problems.map(
          (problem) => `${version.app} ${version.name} in ${name}: ${problemText(problem)}`,
        );
      }),
  );
  return { lines, hints: hints.slice(0, 1) };
}
