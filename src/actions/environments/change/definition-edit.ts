// Making a definition of another: values and settings that are given replace those that were.
import type { VariableValue } from '../../../core/version/app.ts';
import type {
  Access,
  EnvironmentDefinition,
  Policy,
  SecretReference,
} from '../../../core/environments/environment-definition.ts';
import { expiryOf } from '../../../core/environments/time-to-live.ts';

/** What is to be otherwise. Absent: it stays; false: it goes, and what is inherited counts. */
export interface DefinitionEdit {
  readonly vars?: ReadonlyMap<string, VariableValue>;
  readonly secrets?: ReadonlyMap<string, SecretReference>;
  readonly parent?: string | false;
  /** All of its hosts. */
  readonly hosts?: readonly string[] | false;
  readonly subPath?: string | false;
  readonly policy?: Policy | false;
  readonly access?: Access | false;
  readonly sticky?: boolean;
  /** `off`: none, whatever its parent has. */
  readonly skewProtection?: string;
  readonly responseHeaders?: boolean;
  /** Counted from now on. */
  readonly ttl?: string | false;
}

/** The definition with what an edit says. A name is either a variable or a secret. @param now ms since 1970 */
export function editDefinition(
  definition: EnvironmentDefinition,
  edit: DefinitionEdit,
  now: number,
): EnvironmentDefinition {
  const { ttl, vars = new Map(), secrets = new Map() } = edit;
  const life = ttl === undefined ? {} : { ttl, expiresAt: ttl === false ? ttl : expiryOf(ttl, now) };
  return compact({
    ...definition,
    ...given({ parent: edit.parent, hosts: edit.hosts, subPath: edit.subPath }),
    ...given({ policy: edit.policy, access: edit.access, sticky: edit.sticky }),
    ...given({ skewProtection: edit.skewProtection, responseHeaders: edit.responseHeaders }),
    ...life,
    vars: { ...without(definition.vars, secrets), ...Object.fromEntries(vars) },
    secrets: { ...without(definition.secrets ?? {}, vars), ...Object.fromEntries(secrets) },
  });
}

/** The definition without some values. */
export function withoutValues(
  { vars, secrets = {}, ...rest }: EnvironmentDefinition,
  names: ReadonlySet<string>,
): EnvironmentDefinition {
  return compact({ ...rest, vars: without(vars, names), secrets: without(secrets, names) });
}

/** Settings that are true or false; of all others, false means that nothing is said. */
const flags: ReadonlySet<string> = new Set<keyof EnvironmentDefinition>(['sticky', 'responseHeaders']);

/** A definition in which what says nothing isn't there. */
type Draft = {
  readonly [Key in keyof EnvironmentDefinition]: EnvironmentDefinition[Key] | false | undefined;
};

/**
 * Leaves out what is undefined, empty, or false without being a flag: what says the same looks the same. The key of signed links goes with the
 * access that needs it.
 */
export function compact({
  name,
  vars,
  secrets,
  ...rest
}: Draft & Pick<EnvironmentDefinition, 'name' | 'vars'>): EnvironmentDefinition {
  const said = Object.entries(rest).filter(
    ([key, value]) =>
      !(key === 'accessKey' && rest.access !== 'signed') &&
      value !== undefined &&
      (value !== false || flags.has(key)) &&
      !(Array.isArray(value) && value.length === 0),
  );
  const hasSecrets = secrets !== false && Object.keys(secrets ?? {}).length > 0;
  return {
    name,
    ...Object.fromEntries(said),
    vars,
    ...(hasSecrets ? { secrets } : {}),
  } as EnvironmentDefinition;
}

function given<T extends object>(settings: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

function without<T>(
  values: Readonly<Record<string, T>>,
  names: { has: (name: string) => boolean },
): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name)));
}
