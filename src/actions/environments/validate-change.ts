// Checks a change of virtual environments as a whole, before anything of it is done: every problem at once.
import type { NamespaceState } from '../../cluster/namespace.ts';
import { checkEnvironment, type EnvironmentProblem, problemText } from '../../core/environment-check.ts';
import { FoxError } from '../../core/errors.ts';
import type { EffectiveEnvironment } from '../../core/inheritance.ts';
import { didYouMean } from '../../core/names.ts';
import { environmentFor } from '../../core/wanted.ts';
import { valueHints } from '../environment-problems.ts';
import { releaseTies } from '../release-ties.ts';
import { type BrokenEnvironment, brokenEnvironment } from '../usable-environment.ts';
import type { ChangePlan } from './change-plan.ts';
import { definitionProblems } from './definition-problems.ts';
import { environmentsByName } from './known-environments.ts';

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
    { lines: newTies(state, plan), hints: [] },
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
  const twice = put.flatMap(({ name, vars, secrets = {} }) => {
    const names = Object.keys(secrets).filter((each) => Object.hasOwn(vars, each));
    return names.length === 0 ? [] : [`\`fox env unset -e ${name} ${names.join(' ')}\` makes the name free.`];
  });
  return { lines, hints: twice };
}

/** Lines of parents that are broken: whatever inherits from what is written is so by the same. */
function parentProblems(plan: ChangePlan): Problems {
  const { change, after, next } = plan;
  const found = change.put.flatMap(({ name, parent = '' }) => {
    const broken = brokenEnvironment(next, name);
    if (broken === undefined) return [];
    const guess = after.has(parent) ? undefined : didYouMean(parent, after.keys());
    const line = `${name}: ${broken.why}${guess === undefined ? '' : `. Did you mean ${guess}?`}`;
    return [{ line, hints: guess === undefined ? parentHints(broken, parent, plan) : [] }];
  });
  return { lines: found.map(({ line }) => line), hints: found.flatMap(({ hints }) => hints) };
}

/** Nothing is written: what mends an environment that is there is of use only where that is what was broken before. */
function parentHints(
  broken: BrokenEnvironment,
  parent: string,
  { before, after, next }: ChangePlan,
): readonly string[] {
  if (before.get(broken.name)?.parent === parent) return broken.hints;
  // Written along with it, the parent's own problem is told.
  if (after.has(parent) && !before.has(parent)) return [];
  const another = `\`fox env list\` shows which there are; \`fox env set -e ${parent} --create\` makes ${parent}, empty.`;
  return brokenEnvironment(next, parent)?.hints ?? [another];
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
function versionProblems({ versions }: NamespaceState, { affected, next, change }: ChangePlan): Problems {
  const environments = environmentsByName(next);
  /** Names of environments by what is wrong in them: what many inherit is told once. */
  const found = new Map<string, string[]>();
  let first:
    | { readonly environment: EffectiveEnvironment; readonly problems: EnvironmentProblem[] }
    | undefined;
  for (const version of versions) {
    for (const name of version.runsIn.filter((each) => affected.has(each))) {
      const environment = environments.get(name);
      // What a release holds on to stays as it is.
      if (environment === undefined || environmentFor(version, name, environments) !== environment) continue;
      const problems = checkEnvironment(version.manifest, environment);
      if (problems.length > 0) first ??= { environment, problems };
      for (const each of problems) {
        const problem = `${version.app} ${version.name}: ${problemText(each)}`;
        found.set(problem, [...(found.get(problem) ?? []), name]);
      }
    }
  }
  const lines = [...found].map(([problem, names]) => `${namesText(names)}: ${problem}`);
  if (first === undefined) return { lines, hints: [] };
  const { lineage } = first.environment;
  const written = lineage.find((name) => change.put.some((each) => each.name === name));
  return { lines, hints: valueHints(first.problems, written ?? first.environment.name) };
}

/** How many names are told one by one. */
const manyNames = 5;

function namesText(names: readonly string[]): string {
  const more = names.length - manyNames;
  return `${names.slice(0, manyNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Routes of what is released that match the same requests by the new values, and didn't by the old ones. */
function newTies(state: NamespaceState, { affected, next }: ChangePlan): string[] {
  const [now, then] = [state, next].map(environmentsByName);
  return [...affected].flatMap((name) => {
    const [was, is] = [now?.get(name), then?.get(name)];
    if (is === undefined || !state.releases.records.has(name)) return [];
    const before = new Set(was === undefined ? [] : releaseTies(state, was));
    return releaseTies(next, is)
      .filter((tie) => !before.has(tie))
      .map((tie) => `${name}: ${tie}`);
  });
}
