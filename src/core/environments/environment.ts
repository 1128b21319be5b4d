// A virtual environment as it is in force: values by name, and how a component's variables are resolved in it.
import type { VariableDeclaration, VariableValue } from '../version/app.ts';

/** A virtual environment with all that it says, be it by itself or by inheritance. */
export interface Environment {
  readonly name: string;
  readonly vars: Readonly<Record<string, VariableValue>>;
  /** Fingerprints of its secrets (64 hex digits): equal values have equal ones. Absent: it has none. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Digest of what a release in a stable environment holds on to; absent: this is the environment as it says now. */
  readonly configuration?: string;
}

/** What of a component is resolved in an environment. */
export interface DeclaringComponent {
  readonly env: Readonly<Record<string, VariableDeclaration>>;
  /** Names of the secrets that it needs. */
  readonly secrets?: readonly string[];
}

/** What is wrong with the values that an environment has for a component. */
export interface VariableProblem {
  /** Key of the declaration below its component: `env.THEME`, `secrets.DB_PASSWORD`. */
  readonly path: string;
  /** Sentence fragment: `is required but has no value`. */
  readonly message: string;
}

/** Resolved variables of one component, or why they can't be resolved. */
export interface ResolvedVariables {
  /** Values by name, for those that have one. */
  readonly values: Readonly<Record<string, VariableValue>>;
  readonly problems: readonly VariableProblem[];
}

/** When a variable's value reaches a component: as its process starts, or with each request. */
export type Binding = 'process' | 'request';

/** The environment that nobody has said anything about. */
export function emptyEnvironment(name: string): Environment {
  return { name, vars: {} };
}

/** Values of the variables that are bound so: the environment's, else the default. */
export function resolveVariables(
  { env }: Pick<DeclaringComponent, 'env'>,
  environment: Environment,
  binding: Binding,
): ResolvedVariables {
  const values: Record<string, VariableValue> = {};
  const problems: VariableProblem[] = [];
  for (const [name, declaration] of Object.entries(env)) {
    if ((declaration.bind ?? 'process') !== binding) continue;
    const value = ownValue(environment.vars, name) ?? declaration.default;
    const isSecret = ownValue(environment.secrets ?? {}, name) !== undefined;
    const message = isSecret
      ? 'is a plain variable, but has its value as a secret'
      : valueProblem(value, declaration);
    if (message !== undefined) problems.push({ path: `env.${name}`, message });
    if (value !== undefined && hasType(value, declaration.type)) values[name] = value;
  }
  return { values, problems };
}

function valueProblem(
  value: VariableValue | undefined,
  { type, required }: VariableDeclaration,
): string | undefined {
  if (value === undefined) return required ? 'is required but has no value' : undefined;
  return hasType(value, type) ? undefined : `must be of type ${type}, not ${typeOf(value)}`;
}

/** Fingerprints of the secrets that a component needs, by name; those that the environment lacks are left out. */
export function resolveSecrets(
  { secrets = [] }: Pick<DeclaringComponent, 'secrets'>,
  environment: Environment,
): Record<string, string> {
  const known = environment.secrets ?? {};
  return Object.fromEntries(
    secrets.flatMap((name) => {
      const fingerprint = ownValue(known, name);
      return fingerprint === undefined ? [] : [[name, fingerprint] as const];
    }),
  );
}

/** All that keeps a component from running in an environment. */
export function variableProblems(
  component: DeclaringComponent,
  environment: Environment,
): readonly VariableProblem[] {
  const found = resolveSecrets(component, environment);
  return [
    ...resolveVariables(component, environment, 'process').problems,
    ...resolveVariables(component, environment, 'request').problems,
    ...(component.secrets ?? [])
      .filter((name) => ownValue(found, name) === undefined)
      .map((name) => ({
        path: `secrets.${name}`,
        message:
          ownValue(environment.vars, name) === undefined
            ? 'is a secret that has no value'
            : 'is a secret, but has its value as a plain variable',
      })),
  ];
}

/** Whether a value is of a declared type. */
export function hasType(value: VariableValue, type: VariableDeclaration['type']): boolean {
  return typeOf(value) === type;
}

/** A variable's value as a process sees it: arrays as JSON, the rest as text. */
export function variableText(value: VariableValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The name of a value's type. */
export function typeOf(value: VariableValue): VariableDeclaration['type'] {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'string';
}

/** A value that somebody has put there; not what every object has. */
function ownValue<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
