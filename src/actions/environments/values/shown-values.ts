// The values of a virtual environment as they are shown: where each comes from, and what declares it; of secrets all but the value.
import type { StoredVersion } from '../../../cluster/objects/version-object.ts';
import type { VariableType, VariableValue } from '../../../core/version/app.ts';
import type {
  EnvironmentDefinition,
  EnvironmentDefinitions,
  SecretReference,
} from '../../../core/environments/environment-definition.ts';
import { declaredNames } from '../../../core/environments/environment-check.ts';
import { typeOf } from '../../../core/environments/environment.ts';
import type { EffectiveEnvironment } from '../../../core/environments/inheritance.ts';

/** The value of a variable. */
export interface ShownVariable {
  readonly of: 'variable';
  readonly value: VariableValue;
  readonly type: VariableType;
}

/** A secret, by everything but its value. */
export interface ShownSecret {
  readonly of: 'secret';
  /** Keyed hash of its value (64 hex digits): equal values have equal ones. */
  readonly fingerprint: string;
  /** Secret and key of another tool that holds it: `name/key`; absent: fox keeps it. */
  readonly from?: string;
}

export type ShownValue = ShownVariable | ShownSecret;

/** A value that is in force in an environment. */
export type ValueInForce = ShownValue & {
  readonly name: string;
  /** Environment that says it. */
  readonly origin: string;
  /** What it would be if that environment didn't say it. */
  readonly overrides?: ShownValue & { readonly origin: string };
  /** What needs it, of the versions that run there. */
  readonly declaredBy: readonly Declaration[];
  /** What declares it of the versions that run elsewhere alone: what inherits it may need it. */
  readonly declaredElsewhere: readonly Declaration[];
  /** Nothing declares it anywhere. */
  readonly unused: boolean;
};

/** A component that declares a name. */
export interface Declaration {
  readonly app: string;
  readonly component: string;
  /** How it gets the value: in its process, with each request, as a secret of its process, or by the rules of its routes. */
  readonly as: 'process' | 'request' | 'secret' | 'route';
  readonly versions: readonly string[];
}

/** What declares names: versions that run in an environment, and all others. */
export interface DeclaredNames {
  readonly here: ReadonlyMap<string, readonly Declaration[]>;
  readonly elsewhere: ReadonlyMap<string, readonly Declaration[]>;
}

/** Values that are in force in an environment, by name: variables and secrets together. */
export function valuesInForce(
  { vars, secretReferences, origins, lineage }: EffectiveEnvironment,
  definitions: EnvironmentDefinitions,
  declared: DeclaredNames,
): ValueInForce[] {
  const shown = (name: string, value: ShownValue, origin: string): ValueInForce => {
    const overrides = overridden(name, lineage.slice(lineage.indexOf(origin) + 1), definitions);
    const declaredBy = declared.here.get(name) ?? [];
    const declaredElsewhere = declared.elsewhere.get(name) ?? [];
    return {
      name,
      ...value,
      origin,
      ...(overrides === undefined ? {} : { overrides }),
      declaredBy,
      declaredElsewhere,
      unused: declaredBy.length + declaredElsewhere.length === 0,
    };
  };
  return [
    ...Object.entries(vars).map(([name, value]) =>
      shown(name, shownVariable(value), origins.vars[name] ?? ''),
    ),
    ...Object.entries(secretReferences).map(([name, secret]) =>
      shown(name, shownSecret(secret), origins.secrets[name] ?? ''),
    ),
  ].toSorted((a, b) => a.name.localeCompare(b.name));
}

/** What the nearest of some ancestors says of a name. */
function overridden(
  name: string,
  ancestors: readonly string[],
  definitions: EnvironmentDefinitions,
): (ShownValue & { readonly origin: string }) | undefined {
  for (const origin of ancestors) {
    const definition = definitions.get(origin);
    const value = definition === undefined ? undefined : ownValues(definition).get(name);
    if (value !== undefined) return { ...value, origin };
  }
  return undefined;
}

/** What an environment says itself, by name. */
export function ownValues({ vars, secrets = {} }: EnvironmentDefinition): Map<string, ShownValue> {
  return new Map<string, ShownValue>([
    ...Object.entries(vars).map(([name, value]) => [name, shownVariable(value)] as const),
    ...Object.entries(secrets).map(([name, secret]) => [name, shownSecret(secret)] as const),
  ]);
}

function shownVariable(value: VariableValue): ShownVariable {
  return { of: 'variable', value, type: typeOf(value) };
}

function shownSecret({ fingerprint, from }: SecretReference): ShownSecret {
  return { of: 'secret', fingerprint, ...(from === undefined ? {} : { from: `${from.name}/${from.key}` }) };
}

/** What versions declare, by name; a component once, with the versions that say the same of it. */
export function declarationsOf(
  versions: readonly Pick<StoredVersion, 'app' | 'name' | 'manifest'>[],
): Map<string, Declaration[]> {
  const found = new Map<string, Map<string, Declaration & { versions: string[] }>>();
  for (const { app, name: version, manifest } of versions) {
    for (const [component, definition] of Object.entries(manifest.components)) {
      for (const [name, as] of namesOf(component, definition)) {
        const byPlace = found.get(name) ?? new Map<string, Declaration & { versions: string[] }>();
        const key = `${app} ${component} ${as}`;
        const known = byPlace.get(key) ?? { app, component, as, versions: [] };
        known.versions.push(version);
        byPlace.set(key, known);
        found.set(name, byPlace);
      }
    }
  }
  return new Map([...found].map(([name, byPlace]) => [name, [...byPlace.values()]]));
}

/** Every name that a component declares, and how it gets the value. */
function namesOf(
  component: string,
  definition: StoredVersion['manifest']['components'][string],
): [name: string, as: Declaration['as']][] {
  const { env } = definition.template;
  const { variables, secrets } = declaredNames({ components: { [component]: definition } });
  return [
    ...[...variables].map((name): [string, Declaration['as']] => [
      name,
      env[name] === undefined ? 'route' : (env[name].bind ?? 'process'),
    ]),
    ...[...secrets].map((name): [string, Declaration['as']] => [name, 'secret']),
  ];
}
