// Checks a change of virtual environments as a whole, before anything of it is done: every problem at once.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import { type ErrorCode, FoxError } from '../../../core/errors.ts';
import { didYouMean } from '../../../core/names.ts';
import { type BrokenEnvironment, brokenEnvironment } from '../known/usable-environment.ts';
import type { ChangePlan } from './change-plan.ts';
import { partProblems, wholeProblems } from './definition-problems.ts';
import { newTies, type ProblemLine, type Problems, versionProblems } from '../validate/version-problems.ts';

/** Where the change is made. */
export interface ChangePlace {
  /** Name of the environment of plain traffic without any selector. */
  readonly defaultEnvironment: string;
}

/**
 * Nothing was changed; all problems are told.
 * @throws FoxError USAGE where only what was asked for is wrong by itself, NOT_FOUND where only parents are named that
 * there are not, REFUSED where something doesn't go with what the namespace has.
 */
export function refuseInvalidChange(state: NamespaceState, plan: ChangePlan, place: ChangePlace): void {
  const groups = [
    definitionLines(plan, state, place),
    parentProblems(state, plan),
    { lines: takenAddresses(plan), hints: [] },
    versionProblems(state, plan),
    { lines: newTies(state, plan), hints: [] },
  ];
  const problems = groups.flatMap((group) => group.lines);
  if (problems.length === 0) return;
  const names = [...new Set(problems.map(({ name }) => name))];
  const what = names.length > 3 ? `${names.length} virtual environments` : names.join(', ');
  throw new FoxError(refusalCode(problems), `${what} can't be changed so; nothing was changed`, {
    details: [...new Set(problems.map(({ line }) => line))],
    hints: [...new Set(groups.flatMap(({ hints }) => hints))],
  });
}

/** What was asked for is wrong in itself, or by what the namespace has. */
function refusalCode(problems: readonly ProblemLine[]): ErrorCode {
  const [code, ...others] = new Set(problems.map((each) => each.code ?? 'REFUSED'));
  if (code === undefined || [code, ...others].includes('REFUSED')) return 'REFUSED';
  return others.length === 0 ? code : 'USAGE';
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
    const own = partProblems(definition).map((problem) => `${name}: ${problem}`);
    const whole = wholeProblems(definition).map((problem) => `${name}: ${problem}`);
    return [
      ...own.map((line): ProblemLine => ({ name, line, code: 'USAGE' })),
      ...[...whole, ...endless].map((line) => ({ name, line })),
    ];
  });
  const twice = put.flatMap(({ name, vars, secrets = {} }) => {
    const names = Object.keys(secrets).filter((each) => Object.hasOwn(vars, each));
    return names.length === 0 ? [] : [`\`fox env unset -e ${name} ${names.join(' ')}\` makes the name free.`];
  });
  return { lines, hints: twice };
}

/** Lines of parents that are broken: whatever inherits from what is written is so by the same. */
function parentProblems(state: NamespaceState, plan: ChangePlan): Problems {
  const { change, before, after, next } = plan;
  const found = change.put.flatMap(({ name, parent = '' }) => {
    const broken = brokenEnvironment(next, name);
    if (broken === undefined) return [];
    const guess = after.has(parent) ? undefined : didYouMean(parent, after.keys());
    const line = `${name}: ${broken.why}${guess === undefined ? '' : `. Did you mean ${guess}?`}`;
    const isAskedFor = !after.has(parent) && before.get(name)?.parent !== parent;
    const hints = guess === undefined ? parentHints(broken, parent, state, plan) : [];
    return [{ name, line, hints, ...(isAskedFor ? { code: 'NOT_FOUND' as const } : {}) }];
  });
  return { lines: found, hints: found.flatMap(({ hints }) => hints) };
}

/** Nothing is written: what mends an environment that is there is of use only where that is what was broken before. */
function parentHints(
  broken: BrokenEnvironment,
  parent: string,
  state: NamespaceState,
  { before, after }: ChangePlan,
): readonly string[] {
  if (before.get(broken.name)?.parent === parent) return broken.hints;
  const parentBefore = brokenEnvironment(state, parent);
  // A circle that only the change would make; and what is written along with it has its own problem told.
  if (after.has(parent) && parentBefore === undefined) return [];
  const another = `\`fox env list\` shows which there are; \`fox env set -e ${parent} --create\` makes ${parent}, empty.`;
  return parentBefore?.hints ?? [another];
}

/** Hosts and sub-paths that two environments would have, one of which is written. */
function takenAddresses({ change: { put }, after }: ChangePlan): ProblemLine[] {
  const written = new Set(put.map(({ name }) => name));
  const lines: ProblemLine[] = [];
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
        lines.push({ name: asking, line: `${asking}: ${address} is that of ${owner}` });
      }
    }
  }
  return lines;
}
