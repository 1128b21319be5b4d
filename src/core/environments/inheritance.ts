// Inheritance of virtual environments: each has one parent at most, and says only what is different from it.
import type { VariableValue } from '../version/app.ts';
import type { Environment } from './environment.ts';
import { noSkew } from './skew-protection.ts';
import type {
  Access,
  EnvironmentDefinition,
  EnvironmentDefinitions,
  Policy,
  SecretReference,
} from './environment-definition.ts';

/** An environment with all that it inherits, and where each part comes from. */
export interface EffectiveEnvironment extends Environment {
  readonly definition: EnvironmentDefinition;
  /** Itself, its parent, and so on. */
  readonly lineage: readonly string[];
  readonly policy: Policy;
  readonly access: Access;
  readonly accessKey?: string;
  readonly sticky: boolean;
  /** `30m`, or `off`. */
  readonly skewProtection: string;
  readonly responseHeaders: boolean;
  readonly secrets: Readonly<Record<string, string>>;
  /** Its secrets with all but their values. */
  readonly secretReferences: Readonly<Record<string, SecretReference>>;
  /** Name of the environment that each value comes from, by the value's name. */
  readonly origins: {
    readonly vars: Readonly<Record<string, string>>;
    readonly secrets: Readonly<Record<string, string>>;
  };
}

/** Environments that can be used, and why the others can't. */
export interface EffectiveEnvironments {
  readonly environments: ReadonlyMap<string, EffectiveEnvironment>;
  /** By name: `its parent dev doesn't exist`. */
  readonly broken: ReadonlyMap<string, string>;
}

/** Environments that are there, and of which nobody can tell what they say. */
type Unreadable = Pick<ReadonlySet<string>, 'has'>;

const nothingUnreadable: Unreadable = new Set();

/** What is in force in one environment, or why it can't be used, as a sentence fragment. */
export function effectiveEnvironment(
  definitions: EnvironmentDefinitions,
  name: string,
  unreadable = nothingUnreadable,
): EffectiveEnvironment | string {
  const line = lineageOf(definitions, name, unreadable);
  return typeof line === 'string' ? line : effective(line);
}

/** Works out what is in force in each environment. One whose line of parents is broken is left out, and told. */
export function effectiveEnvironments(
  definitions: EnvironmentDefinitions,
  unreadable = nothingUnreadable,
): EffectiveEnvironments {
  const environments = new Map<string, EffectiveEnvironment>();
  const broken = new Map<string, string>();
  for (const name of definitions.keys()) {
    const found = effectiveEnvironment(definitions, name, unreadable);
    if (typeof found === 'string') broken.set(name, found);
    else environments.set(name, found);
  }
  return { environments, broken };
}

/** One environment and its ancestors, itself first; or why that line is broken, as a sentence fragment. */
export function lineageOf(
  definitions: EnvironmentDefinitions,
  name: string,
  unreadable = nothingUnreadable,
): readonly [EnvironmentDefinition, ...EnvironmentDefinition[]] | string {
  const first = definitions.get(name);
  if (first === undefined) return `it doesn't exist`;
  const line: [EnvironmentDefinition, ...EnvironmentDefinition[]] = [first];
  let child = first;
  while (child.parent !== undefined) {
    const parent = definitions.get(child.parent);
    if (parent === undefined) {
      const who =
        child === first ? `its parent ${child.parent}` : `the parent of ${child.name}, ${child.parent},`;
      return `${who} ${unreadable.has(child.parent) ? "can't be read" : "doesn't exist"}`;
    }
    if (line.includes(parent)) {
      const circle = [...line.slice(line.indexOf(parent)), parent].map((each) => each.name);
      return `its parents go round in a circle: ${circle.join(' → ')}`;
    }
    line.push(parent);
    child = parent;
  }
  return line;
}

/** Names of all environments that inherit from one, be it by way of others; itself not among them. */
export function descendantsOf(definitions: EnvironmentDefinitions, name: string): string[] {
  const found = new Set([name]);
  for (const each of found) {
    for (const definition of definitions.values()) if (definition.parent === each) found.add(definition.name);
  }
  found.delete(name);
  return [...found];
}

type Line = readonly [EnvironmentDefinition, ...EnvironmentDefinition[]];

/** By the definition itself: most of what a change of one environment leaves behind is what was there before. */
const remembered = new WeakMap<EnvironmentDefinition, { line: Line; environment: EffectiveEnvironment }>();

function effective(line: Line): EffectiveEnvironment {
  const [own] = line;
  const known = remembered.get(own);
  if (known?.line.length === line.length && line.every((each, index) => each === known.line[index]))
    return known.environment;
  const environment = workOut(line);
  remembered.set(own, { line, environment });
  return environment;
}

function workOut(line: Line): EffectiveEnvironment {
  const [definition] = line;
  const vars: Record<string, VariableValue> = {};
  const secretReferences: Record<string, SecretReference> = {};
  const origins = { vars: {} as Record<string, string>, secrets: {} as Record<string, string> };
  // From the eldest on: a name is either a variable or a secret, whatever it was further up.
  for (const each of line.toReversed()) {
    for (const [name, value] of Object.entries(each.vars)) {
      delete secretReferences[name];
      delete origins.secrets[name];
      vars[name] = value;
      origins.vars[name] = each.name;
    }
    for (const [name, reference] of Object.entries(each.secrets ?? {})) {
      delete vars[name];
      delete origins.vars[name];
      secretReferences[name] = reference;
      origins.secrets[name] = each.name;
    }
  }
  const accessKey = line.find((each) => each.accessKey !== undefined)?.accessKey;
  const policy = line.find((each) => each.policy !== undefined)?.policy ?? 'testing';
  const access = line.find((each) => each.access !== undefined)?.access ?? 'open';
  return {
    name: definition.name,
    vars,
    secrets: Object.fromEntries(
      Object.entries(secretReferences).map(([name, { fingerprint }]) => [name, fingerprint]),
    ),
    secretReferences,
    origins,
    definition,
    lineage: line.map(({ name }) => name),
    policy,
    access,
    sticky: line.find(({ sticky }) => sticky !== undefined)?.sticky ?? true,
    skewProtection: line.find(({ skewProtection }) => skewProtection !== undefined)?.skewProtection ?? noSkew,
    responseHeaders:
      line.find(({ responseHeaders }) => responseHeaders !== undefined)?.responseHeaders ??
      tellsWhatAnswers({ policy, access }),
    ...(accessKey === undefined ? {} : { accessKey }),
  };
}

/**
 * Whether responses tell what answers where nothing is said about that: whoever tests wants to see it. The public needn't
 * know, and whoever may not ask what there is must not learn it from answers.
 */
export function tellsWhatAnswers({
  policy,
  access,
}: {
  readonly policy?: Policy;
  readonly access?: Access;
}): boolean {
  return policy === 'testing' && access === 'open';
}
