// What a change of virtual environments would do to the versions that run in them: what these lack then, and routes that tie.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import {
  checkEnvironment,
  type EnvironmentProblem,
  problemText,
} from '../../../core/environments/environment-check.ts';
import type { EffectiveEnvironment } from '../../../core/environments/inheritance.ts';
import { environmentFor } from '../../../core/plan/wanted.ts';
import { valueHints } from '../known/environment-problems.ts';
import { releaseTies } from '../../release/release-ties.ts';
import type { ChangePlan } from '../change/change-plan.ts';
import { environmentsByName } from '../known/known-environments.ts';

/** What is wrong, and what to do about it. */
export interface Problems {
  readonly lines: readonly ProblemLine[];
  readonly hints: readonly string[];
}

/** A line of them. */
export interface ProblemLine {
  /** Of those that are written, the one by which this is so. */
  readonly name: string;
  readonly line: string;
  /** What was asked for is wrong in itself; absent: it doesn't go with what the namespace has. */
  readonly code?: 'USAGE' | 'NOT_FOUND';
}

/** What keeps versions from running where they are to run, in what is changed and in all that inherits from it. */
export function versionProblems(
  { versions, environments: stored }: NamespaceState,
  plan: ChangePlan,
): Problems {
  const { affected, next } = plan;
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
  const lines = [...found].flatMap(([problem, names]) => {
    const line = `${namesText(names)}: ${problem}`;
    return names.map((each) => ({ name: writtenFor(each, plan), line }));
  });
  if (first === undefined) return { lines, hints: [] };
  const name = writtenFor(first.environment.name, plan);
  const isNew = !stored.some(({ definition }) => definition.name === name);
  const leaving = namesLeaving(plan);
  const isTaken = ({ name: lacked = '', what }: EnvironmentProblem) =>
    what === 'missing' && leaving.has(lacked);
  const lacking = first.problems.filter((each) => !isTaken(each));
  return {
    lines,
    hints: [...neededHints(first.problems.filter(isTaken)), ...valueHints(lacking, name, isNew)],
  };
}

/** Names of values that a change takes away from an environment. */
function namesLeaving({ environments }: ChangePlan): ReadonlySet<string> {
  const ofValue = /^(vars|secrets)\./;
  const leaving = environments.flatMap(({ changes }) =>
    changes.filter(({ after, name }) => after === undefined && ofValue.test(name)),
  );
  return new Set(leaving.map(({ name }) => name.replace(ofValue, '')));
}

/** Whoever takes a value away isn't to be told how to set it. */
function neededHints(taken: readonly EnvironmentProblem[]): string[] {
  const names = new Set(taken.flatMap(({ name }) => name ?? []));
  return [...names].map((name) => {
    const by = taken.filter((each) => each.name === name);
    const who = [...new Set(by.map(({ app, version, component }) => `${component} of ${app} ${version}`))];
    return `${name} can go when nothing that runs there declares it any more: ${who.join(', ')} does.`;
  });
}

/** Of those that are written, the one that an environment is or inherits from. */
function writtenFor(name: string, { change: { put }, next }: ChangePlan): string {
  const lineage = environmentsByName(next).get(name)?.lineage ?? [];
  return lineage.find((each) => put.some((written) => written.name === each)) ?? name;
}

/** How many names are told one by one. */
const manyNames = 5;

function namesText(names: readonly string[]): string {
  const more = names.length - manyNames;
  return `${names.slice(0, manyNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Routes of what is released that match the same requests by the new values, and didn't by the old ones. */
export function newTies(state: NamespaceState, plan: ChangePlan): ProblemLine[] {
  const { affected, next } = plan;
  const [now, then] = [state, next].map(environmentsByName);
  return [...affected].flatMap((name) => {
    const [was, is] = [now?.get(name), then?.get(name)];
    if (is === undefined || !state.releases.records.has(name)) return [];
    const before = new Set(was === undefined ? [] : releaseTies(state, was));
    return releaseTies(next, is)
      .filter((tie) => !before.has(tie))
      .map((tie) => ({ name: writtenFor(name, plan), line: `${name}: ${tie}` }));
  });
}
