// `fox env diff`: what two virtual environments say differently, themselves and by inheritance; of secrets whether they are equal.
import type { NamespaceState } from '../../cluster/namespace.ts';
import { canonicalJson, type Json } from '../../core/version/canonical.ts';
import type { EnvironmentDefinition } from '../../core/environments/environment-definition.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { requireEnvironment } from '../lookup/lookup.ts';
import { withWorkspace } from '../place/workspace.ts';
import { withClusterSnapshot } from '../session/cluster-session.ts';
import { settingsInForce } from './list.ts';
import { shownEnvironment } from './show.ts';
import { ownValues, type ShownValue, type ValueInForce } from './values/shown-values.ts';

export interface EnvironmentDiffOptions extends CommonOptions {
  readonly one: string;
  readonly other: string;
}

/** What `fox env diff` shows. */
export interface EnvironmentDiffResult {
  readonly schema: 'fox/v1';
  readonly kind: 'env diff';
  readonly one: DiffedEnvironment;
  readonly other: DiffedEnvironment;
  /** Nothing differs in what is in force. */
  readonly same: boolean;
  /** Parent, policy, hosts and so on that differ; what is inherited as it is in force. */
  readonly settings: readonly Difference<Setting>[];
  /** Variables and secrets that differ in what is in force, or in what the environments say themselves; by name. */
  readonly values: readonly Difference<DiffedValue>[];
}

/** One side. */
export interface DiffedEnvironment {
  readonly name: string;
  /** Why it can't be used: only what it says itself is compared. */
  readonly broken?: string;
}

/** Something that differs in some way. Absent: that side doesn't have it. */
export interface Difference<T> {
  readonly name: string;
  readonly one?: T;
  readonly other?: T;
  /** What is in force is equal: only who says it differs. */
  readonly equal: boolean;
}

/** What an environment says beside variables and secrets; several hosts as one text. */
type Setting = string;

/** The value that is in force on one side, and the environment that says it. */
export type DiffedValue = ShownValue & { readonly origin: string };

/** Compares two environments; doesn't start a cluster. @throws FoxError NOT_FOUND. */
export async function diffEnvironments(
  options: EnvironmentDiffOptions,
  context: ActionContext,
): Promise<EnvironmentDiffResult> {
  return withWorkspace(context, options, async (workspace) =>
    withClusterSnapshot(workspace, context, async ({ namespace }) => {
      const state = await namespace.observe();
      for (const name of [options.one, options.other]) requireEnvironment(state, name);
      return environmentDiff(options.one, options.other, state, context.now().getTime());
    }),
  );
}

/** Compares two environments that the namespace has. */
export function environmentDiff(
  oneName: string,
  otherName: string,
  state: NamespaceState,
  now: number,
): EnvironmentDiffResult {
  const [one, other] = [sideOf(oneName, state, now), sideOf(otherName, state, now)];
  const settings = differences(one.settings, other.settings).filter(({ equal }) => !equal);
  const values = differences(one.values, other.values);
  const own = differences(one.own, other.own);
  const saidByOne = new Set(own.filter(({ equal }) => !equal).map(({ name }) => name));
  return {
    schema: 'fox/v1',
    kind: 'env diff',
    one: one.shown,
    other: other.shown,
    same: settings.length === 0 && values.every(({ equal }) => equal),
    settings,
    values: values.filter(({ name, equal }) => !equal || saidByOne.has(name)),
  };
}

/** Everything of one side, by name. */
interface Side {
  readonly shown: DiffedEnvironment;
  readonly settings: ReadonlyMap<string, string>;
  readonly values: ReadonlyMap<string, DiffedValue>;
  readonly own: ReadonlyMap<string, ShownValue>;
}

function sideOf(name: string, state: NamespaceState, now: number): Side {
  const shown = shownEnvironment(name, state, now);
  const { broken, values } = shown;
  const definition = state.environments.find((each) => each.definition.name === name)?.definition;
  const own = definition ?? { name, vars: {} };
  return {
    shown: { name, ...(broken === undefined ? {} : { broken }) },
    settings: settingsOf({ ...own, ...settingsInForce(shown) }),
    values: new Map(values.map((value) => [value.name, diffedValue(value)])),
    own: ownValues(own),
  };
}

function diffedValue(value: ValueInForce): DiffedValue {
  const { origin } = value;
  if (value.of === 'variable') return { of: value.of, value: value.value, type: value.type, origin };
  const { of, fingerprint, from } = value;
  return { of, fingerprint, ...(from === undefined ? {} : { from }), origin };
}

/** All but variables, secrets and what nobody has said, as text. */
function settingsOf(definition: EnvironmentDefinition): Map<string, Setting> {
  const apart: ReadonlySet<string> = new Set<keyof EnvironmentDefinition>([
    'name',
    'vars',
    'secrets',
    'accessKey',
  ]);
  return new Map(
    Object.entries(definition).flatMap(([name, value]: [string, unknown]) => {
      const text = Array.isArray(value)
        ? (value as string[]).toSorted((a, b) => a.localeCompare(b)).join(', ')
        : typeof value === 'boolean'
          ? String(value)
          : value;
      return apart.has(name) || typeof text !== 'string' || text === '' ? [] : [[name, text] as const];
    }),
  );
}

/** Every name of two sides, sorted, and whether they say the same of it; where it is said from doesn't count. */
function differences<T extends ShownValue | string>(
  one: ReadonlyMap<string, T>,
  other: ReadonlyMap<string, T>,
): Difference<T>[] {
  return [...new Set([...one.keys(), ...other.keys()])].toSorted().map((name) => {
    const [a, b] = [one.get(name), other.get(name)];
    return {
      name,
      ...(a === undefined ? {} : { one: a }),
      ...(b === undefined ? {} : { other: b }),
      equal: canonicalJson(essence(a)) === canonicalJson(essence(b)),
    };
  });
}

/** What counts of a value: of a secret its fingerprint, whoever holds it. */
function essence(value: ShownValue | string | undefined): Json {
  if (value === undefined) return null;
  if (typeof value === 'string') return { setting: value };
  return value.of === 'secret' ? { secret: value.fingerprint } : { variable: value.value };
}
