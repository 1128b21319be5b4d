// A change of virtual environments, and what of it differs: asked for by apply, set, unset and edit.
import type { SecretValues } from '../../../cluster/secrets/environment-secrets.ts';
import type { VariableValue } from '../../../core/version/app.ts';
import { canonicalJson } from '../../../core/version/canonical.ts';
import type {
  EnvironmentDefinition,
  EnvironmentDefinitions,
} from '../../../core/environments/environment-definition.ts';

/** What is to be written. What it doesn't name stays as it is. */
export interface EnvironmentChange {
  /** Definitions as they are to be, whole. */
  readonly put: readonly EnvironmentDefinition[];
  /** Values of secrets that fox is to keep, by environment, then name. Their references are in `put`. */
  readonly secrets?: ReadonlyMap<string, SecretValues>;
}

/** What becomes of one environment. */
export interface ChangedEnvironment {
  readonly name: string;
  readonly action: 'created' | 'changed' | 'unchanged';
  readonly changes: readonly ValueChange[];
}

/** One thing that an environment says otherwise than before; a secret by its reference. Absent: it says nothing of it. */
export interface ValueChange {
  /** `vars.THEME`, `secrets.DB_PASSWORD`, `parent`, `hosts`, `subPath`, `policy`, `access`, `sticky`, `ttl`, … */
  readonly name: string;
  readonly before?: ChangedValue;
  readonly after?: ChangedValue;
}

/** A value of an environment, or a secret by everything but its value. */
export type ChangedValue = VariableValue | { readonly fingerprint: string; readonly from?: string };

/** The definitions after a change. */
export function definitionsAfter(
  before: EnvironmentDefinitions,
  { put }: EnvironmentChange,
): Map<string, EnvironmentDefinition> {
  const after = new Map(before);
  for (const definition of put) after.set(definition.name, definition);
  return after;
}

/** What a change makes of each environment that it names, in its order. */
export function changedEnvironments(
  before: EnvironmentDefinitions,
  { put }: EnvironmentChange,
): ChangedEnvironment[] {
  return put.map((definition): ChangedEnvironment => {
    const { name } = definition;
    const was = before.get(name);
    const changes = changesBetween(was, definition);
    const action = was === undefined ? 'created' : changes.length === 0 ? 'unchanged' : 'changed';
    return { name, action, changes };
  });
}

/** Everything that a definition says otherwise than another, variables and secrets by name. */
export function changesBetween(
  before: EnvironmentDefinition | undefined,
  after: EnvironmentDefinition | undefined,
): ValueChange[] {
  const [was, is] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [one, other] = [was.get(name), is.get(name)];
    if (one !== undefined && other !== undefined && sameValue(one, other)) return [];
    return [
      {
        name,
        ...(one === undefined ? {} : { before: one }),
        ...(other === undefined ? {} : { after: other }),
      },
    ];
  });
}

function valuesOf(definition: EnvironmentDefinition | undefined): Map<string, ChangedValue> {
  const values = new Map<string, ChangedValue>();
  if (definition === undefined) return values;
  const { name: _, vars, secrets = {}, ...rest } = definition;
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) values.set(key, value);
  for (const [key, value] of Object.entries(vars)) values.set(`vars.${key}`, value);
  for (const [key, { fingerprint, from }] of Object.entries(secrets))
    values.set(`secrets.${key}`, {
      fingerprint,
      ...(from === undefined ? {} : { from: `${from.name}/${from.key}` }),
    });
  return values;
}

function sameValue(a: ChangedValue, b: ChangedValue): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
