// Checks what no schema can say: names, paths, references between keys, rules of routes, values of variables.
import { checkBuild } from './check-build.ts';
import { urlVariable, type VariableValue } from '../core/version/app.ts';
import { hasType } from '../core/environments/environment.ts';
import { didYouMean, nameProblem, variableNameProblem } from '../core/names.ts';
import { ruleVariables } from '../core/routing/rules/rule-expansion.ts';
import { findTies } from '../core/routing/rules/route-ties.ts';
import { ruleMistake } from '../core/routing/rules/rule-mistake.ts';
import { parseRule, ruleProblem } from '../core/routing/rules/rule.ts';
import { subPathVariable } from '../core/environments/template.ts';
import { isInexact, textProblem } from '../core/environments/variable-value.ts';
import { checkPod } from './check-pod.ts';
import type { Path } from './config-document.ts';
import type { Report } from './config-problem.ts';
import { pathProblem } from './repository-path.ts';
import { typeOfDefault } from './resolve-app.ts';
import type { ConfigFile } from './schema.ts';
import type { Draft } from './schema-issues.ts';

type File = Draft<ConfigFile>;
type ComponentEntry = Draft<ConfigFile['components'][string]>;
type VariableEntry = Draft<NonNullable<NonNullable<ConfigFile['components'][string]['env']>[string]>>;

/** Reports every such problem of what there is of a file in the directory `directory`. */
export function checkReferences(file: File, directory: string, report: Report): void {
  checkName(['app'], file.app, report);
  checkName(['defaultEnvironment'], file.defaultEnvironment, report);
  const known = Object.keys(file.components ?? {});
  if (file.components !== undefined && known.length === 0)
    report(['components'], 'must have at least one component');
  for (const [name, component] of Object.entries(file.components ?? {})) {
    const at = ['components', name];
    checkName(at, name, report);
    checkPaths(component ?? {}, at, directory, report);
    if (component !== undefined) checkBuild(component, at, directory, report);
    checkMembers(component?.calls, [...at, 'calls'], known, report);
    checkVariables(component ?? {}, [...at, 'env'], known, report);
    checkPod(name, component ?? {}, at, report);
    if (component?.forwardsContext === false && component.propagation !== undefined)
      report([...at, 'forwardsContext'], 'must not be false beside propagation, which passes the context on');
  }
  for (const [name, members] of Object.entries(file.modules ?? {})) {
    checkName(['modules', name], name, report);
    checkMembers(members, ['modules', name], known, report);
  }
  checkRoutes(file, report);
}

function checkName(path: Path, name: string | undefined, report: Report): void {
  const problem = name === undefined ? undefined : nameProblem(name);
  if (problem !== undefined) report(path, `the name "${name}" ${problem}`);
}

function checkPaths(
  { path, shared = [] }: ComponentEntry,
  at: Path,
  directory: string,
  report: Report,
): void {
  const all: [Path, string | undefined][] = [
    [[...at, 'path'], path],
    ...shared.map((each, index): [Path, string | undefined] => [[...at, 'shared', index], each]),
  ];
  for (const [place, value] of all) {
    const problem = value === undefined ? undefined : pathProblem(directory, value);
    if (problem !== undefined) report(place, problem);
  }
}

function checkMembers(
  members: readonly (string | undefined)[] | undefined,
  at: Path,
  known: readonly string[],
  report: Report,
): void {
  for (const [index, member] of (members ?? []).entries()) {
    if (member === undefined || known.includes(member)) continue;
    const guess = didYouMean(member, known);
    report(
      [...at, index],
      `there is no component "${member}"${guess === undefined ? '' : `; did you mean "${guess}"?`}`,
    );
  }
}

function checkVariables(
  { env = {}, secrets = [], calls = [] }: ComponentEntry,
  at: Path,
  known: readonly string[],
  report: Report,
): void {
  const addresses = new Map(
    calls.flatMap((callee) =>
      callee === undefined || !known.includes(callee) ? [] : [[urlVariable(callee), callee]],
    ),
  );
  const checkVariableName = (name: string, path: Path) => {
    const callee = addresses.get(name);
    const problem = variableNameProblem(name);
    if (problem !== undefined) report(path, problem);
    else if (name === 'PORT' || name.startsWith('FOX_')) report(path, 'is set by fox itself');
    else if (callee !== undefined) report(path, `is set by fox itself: the address of ${callee}`);
  };
  for (const [index, name] of secrets.entries()) {
    if (name === undefined) continue;
    const path = [...at.slice(0, -1), 'secrets', index];
    checkVariableName(name, path);
    if (Object.hasOwn(env, name)) report(path, `"${name}" is declared in env, too`);
  }
  for (const [name, entry] of Object.entries(env)) {
    checkVariableName(name, [...at, name]);
    checkDefault(entry ?? {}, [...at, name, 'default'], report);
  }
}

function checkDefault(entry: VariableEntry, at: Path, report: Report): void {
  const value = entry.default as VariableValue | undefined;
  if (value === undefined) return;
  const type = entry.type ?? typeOfDefault(value);
  const values = [value].flat();
  const unwritable = values.flatMap((each) => (typeof each === 'string' ? (textProblem(each) ?? []) : []));
  if (!hasType(value, type)) {
    report(at, `must be of the declared type ${type}${type === 'string' ? ': put it in quotes' : ''}`);
  } else if (values.some(isInexact)) {
    report(at, 'is too large a number to be held exactly: put it in quotes');
  } else if (unwritable[0] !== undefined) report(at, unwritable[0]);
}

function checkRouteVariables(
  rule: string,
  env: Readonly<Record<string, VariableEntry | null | undefined>>,
  at: Path,
  report: Report,
): void {
  const used = ruleVariables(parseRule(rule));
  for (const [name, entry] of Object.entries(env)) {
    const problem = variableNameProblem(name);
    if (problem !== undefined) report([...at, name], problem);
    else if (name === subPathVariable) report([...at, name], 'is the sub-path, and needs no declaration');
    else if (!used.includes(name)) report([...at, name], `is not used by the rule: write {{.Vars.${name}}}`);
    checkDefault(entry ?? {}, [...at, name, 'default'], report);
  }
}

function checkRoutes(file: File, report: Report): void {
  const routes: { rule: string; priority?: number; name: string; index: number }[] = [];
  for (const [name, component] of Object.entries(file.components ?? {})) {
    for (const [index, route] of (component?.routes ?? []).entries()) {
      const { rule, priority, env } = typeof route === 'string' ? { rule: route } : (route ?? {});
      if (rule === undefined) continue;
      const problem = ruleProblem(rule) ?? ruleMistake(parseRule(rule));
      if (problem !== undefined) {
        report(['components', name, 'routes', index], problem);
        continue;
      }
      routes.push({ rule, name, index, ...(priority === undefined ? {} : { priority }) });
      checkRouteVariables(rule, env ?? {}, ['components', name, 'routes', index, 'env'], report);
    }
  }
  for (const { routes: tied, example } of findTies(routes)) {
    const [a, b] = tied;
    report(
      ['components', b.name, 'routes', b.index],
      `${example === undefined ? 'may match' : 'matches'} the same requests as components.${a.name}.routes.${a.index}${example === undefined ? ' (no example was found)' : `, such as ${example}`}, and only a priority could decide between them`,
    );
  }
}
