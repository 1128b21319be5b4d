// What keeps a version from running in a virtual environment: every missing or mistyped value, with its path; and values that nobody uses.
import type { VariableValue } from '../version/app.ts';
import {
  type DeclaringComponent,
  type Environment,
  type VariableProblem,
  variableProblems,
} from './environment.ts';
import type { ManifestComponent, VersionManifest } from '../version/manifest.ts';
import { sizeProblem } from './request-variables.ts';
import { routeProblems } from '../routing/rules/rule.ts';
import { ruleVariables } from '../routing/rules/rule-expansion.ts';
import { readRule } from '../routing/rules/rule-text.ts';

/** One thing that is wrong with the values that an environment has for a version. */
export interface EnvironmentProblem {
  readonly app: string;
  readonly version: string;
  readonly component: string;
  /** Where it is declared in the config: `components.web.env.THEME`, `components.web.routes.0.env.REGION`. */
  readonly path: string;
  /** Name of the variable or secret; absent where it is about several. */
  readonly name?: string;
  readonly of: 'variable' | 'secret';
  /** `missing`: it has no value · `unfit`: its value is not of its type, or can't be used for another reason. */
  readonly what: 'missing' | 'unfit';
  /** Sentence fragment that goes behind the path: `is required but has no value`. */
  readonly message: string;
}

/** A value that an environment has and nobody declares. */
export interface UnusedValue {
  readonly of: 'variable' | 'secret';
  readonly name: string;
  /** `vars.THEME`, `secrets.DB_PASSWORD`. */
  readonly path: string;
}

/** Names that the components and routes of a version declare or use. */
export interface DeclaredNames {
  readonly variables: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
}

/** What of a version says which values it needs. */
export interface CheckedVersion extends Pick<VersionManifest, 'app' | 'version'> {
  readonly components: Readonly<Record<string, CheckedComponent>>;
}

/** What of a component says so. */
export interface CheckedComponent extends Pick<ManifestComponent, 'routes'> {
  readonly template: DeclaringComponent;
}

/** Everything that keeps a version from running in an environment: in the order of its components, each once. */
export function checkEnvironment(
  { app, version, components }: CheckedVersion,
  environment: Environment,
): EnvironmentProblem[] {
  return Object.entries(components).flatMap(([component, definition]) =>
    componentProblems(definition, environment).map(({ path, message }): EnvironmentProblem => {
      const name = /(?:^|\.)(?:env|secrets)\.(?<name>\w+)$/.exec(path)?.groups?.['name'];
      const isKeptSecret = name !== undefined && Object.hasOwn(environment.secrets ?? {}, name);
      const isThere = isKeptSecret || (name !== undefined && Object.hasOwn(environment.vars, name));
      return {
        app,
        version,
        component,
        path: `components.${component}.${path}`,
        ...(name === undefined ? {} : { name }),
        of: path.startsWith('secrets.') ? 'secret' : 'variable',
        what: name === undefined || isThere ? 'unfit' : 'missing',
        message,
      };
    }),
  );
}

function componentProblems(
  { template, routes }: CheckedComponent,
  environment: Environment,
): VariableProblem[] {
  // Most components ask for nothing, and a version may run in hundreds of environments.
  const needed = [template.env, template.secrets ?? [], routes];
  if (needed.every((each) => Object.keys(each).length === 0)) return [];
  return [
    ...variableProblems(template, environment),
    ...[sizeProblem(template, environment)].flatMap((problem) => problem ?? []),
    ...routeProblems({ routes }, environment).map((problem) => ({
      ...problem,
      message: `${problem.message}${declaredElsewhere(problem, template)}`,
    })),
  ];
}

/** What a component declares for its processes is easily taken for what its rules may use. */
function declaredElsewhere({ path, message }: VariableProblem, { env }: DeclaringComponent): string {
  const name = /\.env\.(?<name>\w+)$/.exec(path)?.groups?.['name'];
  if (name === undefined || !Object.hasOwn(env, name) || !message.endsWith(' has no value')) return '';
  return `: a rule's variables are declared at the rule; the default of the component's own env doesn't count`;
}

/** A problem as a line: `components.web.env.THEME is required but has no value`. */
export function problemText({ path, message }: Pick<EnvironmentProblem, 'path' | 'message'>): string {
  return `${path} ${message}`;
}

/** What a version's components and routes declare or use. */
export function declaredNames({ components }: Pick<CheckedVersion, 'components'>): DeclaredNames {
  const all = Object.values(components);
  return {
    variables: new Set(
      all.flatMap(({ template, routes }) => [
        ...Object.keys(template.env),
        ...routes.flatMap((route) => [...Object.keys(route.env ?? {}), ...variablesInRule(route.rule)]),
      ]),
    ),
    secrets: new Set(all.flatMap(({ template }) => template.secrets ?? [])),
  };
}

/** Names of the variables that a rule uses, declared or not; a rule that this fox can't read uses nothing that it knows of. */
export function variablesInRule(rule: string): string[] {
  const read = readRule(rule);
  return typeof read === 'string' ? [] : ruleVariables(read);
}

/** Values of an environment that none of these versions declares, be it as a variable or as a secret; sorted by path. */
export function unusedValues(
  {
    vars,
    secrets = {},
  }: { readonly vars: Readonly<Record<string, VariableValue>>; readonly secrets?: object },
  manifests: Iterable<Pick<CheckedVersion, 'components'>>,
): UnusedValue[] {
  const pending = new Set([...Object.keys(vars), ...Object.keys(secrets)]);
  if (pending.size === 0) return [];
  for (const manifest of manifests) {
    const names = declaredNames(manifest);
    for (const name of [...names.variables, ...names.secrets]) pending.delete(name);
    if (pending.size === 0) return [];
  }
  const unused = (values: object) =>
    Object.keys(values)
      .filter((name) => pending.has(name))
      .toSorted();
  return [
    ...unused(secrets).map((name) => ({ of: 'secret' as const, name, path: `secrets.${name}` })),
    ...unused(vars).map((name) => ({ of: 'variable' as const, name, path: `vars.${name}` })),
  ];
}
