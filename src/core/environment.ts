// A virtual environment: a named overlay of variables, and how a component's variables are resolved in it.
import type { VariableDeclaration, VariableValue } from './app.ts';

/** A virtual environment with what it says itself. */
export interface Environment {
  readonly name: string;
  readonly vars: Readonly<Record<string, VariableValue>>;
}

/** Resolved variables of one component, or why they can't be resolved. */
export interface ResolvedVariables {
  /** Values by name, for those that have one. */
  readonly values: Readonly<Record<string, VariableValue>>;
  /** One sentence fragment per problem, e.g. `THEME is required but has no value`. */
  readonly problems: readonly string[];
}

/** The environment that nobody has said anything about. */
export function emptyEnvironment(name: string): Environment {
  return { name, vars: {} };
}

/** Values of the declared variables: the environment's, else the default. */
export function resolveVariables(
  declarations: Readonly<Record<string, VariableDeclaration>>,
  environment: Environment,
): ResolvedVariables {
  const values: Record<string, VariableValue> = {};
  const problems: string[] = [];
  for (const [name, declaration] of Object.entries(declarations)) {
    const value = environment.vars[name] ?? declaration.default;
    if (value === undefined) {
      if (declaration.required) problems.push(`${name} is required but has no value`);
    } else if (!hasType(value, declaration.type)) {
      problems.push(`${name} must be of type ${declaration.type}, not ${typeOf(value)}`);
    } else {
      values[name] = value;
    }
  }
  return { values, problems };
}

/** Whether a value is of a declared type. */
export function hasType(value: VariableValue, type: VariableDeclaration['type']): boolean {
  return typeOf(value) === type;
}

/** A variable's value as a process sees it: arrays as JSON, the rest as text. */
export function variableText(value: VariableValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function typeOf(value: VariableValue): string {
  return Array.isArray(value) ? 'array' : typeof value;
}
