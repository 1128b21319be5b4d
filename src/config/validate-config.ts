// From a config's text to a validated app: all problems of the file are found and told at once.
import type { $ZodIssue } from 'zod/v4/core';
import { type App, type Component, urlVariable, type VariableDeclaration, type VariableValue } from '../core/app.ts';
import { hasType } from '../core/environment.ts';
import { didYouMean, nameProblem } from '../core/names.ts';
import { findTies, ruleProblem } from '../core/rule.ts';
import { type ConfigDocument, parseConfigDocument } from './config-document.ts';
import { configError, type ConfigProblem } from './config-problem.ts';
import { repositoryPath } from './repository-path.ts';
import { type ConfigFile, configSchema, type VariableEntry } from './schema.ts';

/** A config file: what it says of the app, and of the place it is used in. */
export interface Config {
  readonly app: App;
  /** Virtual environment of plain traffic; a setting of the place, in no hash. */
  readonly defaultEnvironment: string;
  /** Line of a path of the file, for problems that are found later. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/** Where a config's text comes from. */
export interface ConfigSource {
  /** File name for messages, relative to the repository's root. */
  readonly file: string;
  /** Directory of the file, relative to the repository's root (`''`: the root). */
  readonly directory: string;
  readonly text: string;
  /** Key of the file that holds the config (package.json: `fox`). */
  readonly key?: string;
}

type Path = readonly (string | number)[];
type Report = (path: Path, message: string) => void;

/**
 * Validates a config and resolves its paths and defaults.
 * @throws FoxError CONFIG_INVALID with every problem found, each with file, line and path.
 */
export function validateConfig(source: ConfigSource): Config {
  const document = parseConfigDocument(source.file, source.text, source.key);
  if (document.syntaxProblems.length > 0) throw configError(document.syntaxProblems);
  const problems: ConfigProblem[] = [];
  const report = reporter(document, problems);

  const parsed = configSchema.safeParse(document.value ?? {});
  if (!parsed.success) {
    for (const issue of parsed.error.issues) reportIssue(issue, document.value, report);
    throw configError(problems);
  }
  const app = toApp(parsed.data, source.directory, report);
  checkReferences(parsed.data, app, report);
  if (problems.length > 0) throw configError(problems);
  return { app, defaultEnvironment: parsed.data.defaultEnvironment ?? 'default', lineOf: document.lineOf };
}

function reporter(document: ConfigDocument, problems: ConfigProblem[]): Report {
  return (path, message) => {
    const line = document.lineOf(path);
    problems.push({ file: document.file, ...(line === undefined ? {} : { line }), path: path.join('.'), message });
  };
}

/** Turns one of zod's issues into sentences of ours, with a suggestion for an unknown key. */
function reportIssue(issue: $ZodIssue, document: unknown, report: Report): void {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      const known = knownKeys(path);
      const guess = didYouMean(key, known);
      report([...path, key], `unknown key${guess === undefined ? `; known are ${known.join(', ')}` : `; did you mean "${guess}"?`}`);
    }
  } else if (issue.code === 'invalid_type' && valueAt(document, path) === undefined) {
    report(path, `is required: ${issue.expected} expected`);
  } else {
    report(path, lowerFirst(issue.message));
  }
}

/** Keys that the schema knows at a path, taken from the schema itself. */
function knownKeys(path: Path): string[] {
  let schema: unknown = configSchema;
  for (const part of path) schema = child(unwrap(schema), String(part));
  const shape = (unwrap(schema) as { shape?: object }).shape;
  return Object.keys(shape ?? {});
}

function child(schema: unknown, key: string): unknown {
  const { shape, valueType, element } = schema as { shape?: Record<string, unknown>; valueType?: unknown; element?: unknown };
  return shape?.[key] ?? valueType ?? element;
}

function unwrap(schema: unknown): unknown {
  let current = schema as { def?: { innerType?: unknown; options?: unknown[]; valueType?: unknown } } | undefined;
  while (current?.def?.innerType !== undefined || current?.def?.options !== undefined) {
    const objectOption = current.def.options?.find((option) => (option as { shape?: object }).shape !== undefined);
    current = (current.def.innerType ?? objectOption) as typeof current;
  }
  return current;
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<string | number, unknown> | undefined)?.[part], document);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function toApp(file: ConfigFile, directory: string, report: Report): App {
  const components: Record<string, Component> = {};
  for (const [name, entry] of Object.entries(file.components)) {
    const at = ['components', name];
    const path = toRepositoryPath(directory, entry.path, [...at, 'path'], report);
    const shared = (entry.shared ?? []).map((each, index) => toRepositoryPath(directory, each, [...at, 'shared', index], report));
    components[name] = {
      name,
      path,
      shared: [...new Set(shared)].sort(),
      build: entry.build?.command === undefined ? {} : { command: entry.build.command },
      command: entry.command,
      port: entry.port ?? 8080,
      routes: (entry.routes ?? []).map((each) => (typeof each === 'string' ? { rule: each } : { rule: each.rule })),
      calls: [...new Set(entry.calls)].sort(),
      forwardsContext: entry.forwardsContext ?? false,
      env: toDeclarations(entry.env ?? {}, [...at, 'env'], report),
      ...(entry.health === undefined ? {} : { healthPath: entry.health.path }),
      replicas: entry.replicas ?? 1,
    };
  }
  return { name: file.app, components, modules: file.modules ?? {} };
}

function toRepositoryPath(directory: string, path: string, at: Path, report: Report): string {
  const resolved = repositoryPath(directory, path);
  if (resolved === undefined) report(at, `"${path}" is outside of the repository`);
  return resolved ?? '';
}

function toDeclarations(env: Record<string, VariableEntry | null>, at: Path, report: Report): Record<string, VariableDeclaration> {
  const declarations: Record<string, VariableDeclaration> = {};
  for (const [name, entry] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) report([...at, name], 'is not a name that a process variable can have');
    if (name === 'PORT' || name.startsWith('FOX_')) report([...at, name], 'is set by fox itself');
    const type = entry?.type ?? typeOf(entry?.default);
    if (entry?.default !== undefined && !hasType(entry.default, type)) {
      report([...at, name, 'default'], `must be of type ${type}, as declared`);
    }
    declarations[name] = {
      type,
      required: entry?.required ?? false,
      ...(entry?.default === undefined ? {} : { default: entry.default }),
      ...(entry?.description === undefined ? {} : { description: entry.description }),
    };
  }
  return declarations;
}

function typeOf(value: VariableValue | undefined): VariableDeclaration['type'] {
  if (value === undefined) return 'string';
  return Array.isArray(value) ? 'array' : (typeof value as VariableDeclaration['type']);
}

/** Checks what no schema can say: names, references between keys, rules. */
function checkReferences(file: ConfigFile, app: App, report: Report): void {
  checkName(['app'], file.app, report);
  if (file.defaultEnvironment !== undefined) checkName(['defaultEnvironment'], file.defaultEnvironment, report);
  const names = Object.keys(file.components);
  if (names.length === 0) report(['components'], 'must have at least one component');
  for (const [name, component] of Object.entries(app.components)) checkComponent(name, component, names, report);
  for (const [module, members] of Object.entries(app.modules)) {
    checkName(['modules', module], module, report);
    for (const [index, member] of members.entries()) checkKnown(['modules', module, index], member, names, report);
  }
  const routes = Object.values(app.components).flatMap(({ name, routes: own }) =>
    own.flatMap(({ rule }, index) => (ruleProblem(rule) === undefined ? [{ rule, name, index }] : [])),
  );
  for (const [a, b] of findTies(routes)) {
    report(['components', b.name, 'routes', b.index], `matches the same requests as components.${a.name}.routes.${a.index}`);
  }
}

function checkComponent(name: string, component: Component, names: readonly string[], report: Report): void {
  const at = ['components', name];
  checkName(at, name, report);
  for (const callee of component.calls) {
    checkKnown([...at, 'calls', component.calls.indexOf(callee)], callee, names, report);
    const variable = urlVariable(callee);
    if (component.env[variable] !== undefined) report([...at, 'env', variable], `is set by fox: the address of ${callee}`);
  }
  for (const [index, { rule }] of component.routes.entries()) {
    const problem = ruleProblem(rule);
    if (problem !== undefined) report([...at, 'routes', index], problem);
  }
}

function checkName(path: Path, name: string, report: Report): void {
  const problem = nameProblem(name);
  if (problem !== undefined) report(path, `the name "${name}" ${problem}`);
}

function checkKnown(path: Path, name: string, known: readonly string[], report: Report): void {
  if (known.includes(name)) return;
  const guess = didYouMean(name, known);
  report(path, `there is no component "${name}"${guess === undefined ? '' : `; did you mean "${guess}"?`}`);
}
