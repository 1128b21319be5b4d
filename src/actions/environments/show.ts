// `fox env show`: one virtual environment with everything that is in force there, where it comes from, and what needs it.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { StoredVersion } from '../../cluster/objects/version-object.ts';
import type { VariableValue } from '../../core/version/app.ts';
import type { EnvironmentDefinition } from '../../core/environments/environment-definition.ts';
import { checkEnvironment, type EnvironmentProblem } from '../../core/environments/environment-check.ts';
import type { Environment } from '../../core/environments/environment.ts';
import { differingNames } from '../../core/plan/fork.ts';
import { type EffectiveEnvironment, effectiveEnvironment } from '../../core/environments/inheritance.ts';
import { environmentFor } from '../../core/plan/wanted.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { requireEnvironment } from '../lookup/lookup.ts';
import { withWorkspace } from '../place/workspace.ts';
import { withClusterSnapshot } from '../session/cluster-session.ts';
import { brokenEnvironment } from './known/usable-environment.ts';
import { type EnvironmentItem, environmentItems } from './list.ts';
import { definitionsOf, environmentsByName } from './known/known-environments.ts';
import {
  type Declaration,
  declarationsOf,
  ownValues,
  type ValueInForce,
  valuesInForce,
} from './values/shown-values.ts';

export interface EnvironmentShowOptions extends CommonOptions {
  readonly virtualEnv: string;
}

/** What `fox env show` shows. */
export interface EnvironmentShowResult extends EnvironmentItem {
  readonly schema: 'fox/v1';
  readonly kind: 'env show';
  /** Itself, its parent, and so on. */
  readonly lineage: readonly string[];
  /** What mends it where it can't be used: commands, each with what it does. */
  readonly mending: readonly string[];
  /** How long it was asked to live: `72h`. */
  readonly ttl?: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** By name. Of one that is broken, what it says itself. */
  readonly values: readonly ValueInForce[];
  /** What the versions that run there declare, and have no value for: the defaults count. */
  readonly unset: readonly UnsetValue[];
  /** What keeps versions that are asked to run there from doing so. */
  readonly problems: readonly EnvironmentProblem[];
  /** Releases that hold on to the configuration that they were made with. */
  readonly held: readonly HeldRelease[];
}

/** A name that is declared and has no value. */
export interface UnsetValue {
  readonly name: string;
  readonly default?: VariableValue;
  readonly declaredBy: readonly Declaration[];
}

/** A release that holds on to its configuration. */
export interface HeldRelease {
  readonly app: string;
  readonly version: string;
  /** Names whose values are others there than in the environment now. */
  readonly differing: readonly string[];
}

/** Shows an environment; doesn't start a cluster. @throws FoxError NOT_FOUND. */
export async function showEnvironment(
  options: EnvironmentShowOptions,
  context: ActionContext,
): Promise<EnvironmentShowResult> {
  return withWorkspace(context, options, async (workspace) =>
    withClusterSnapshot(workspace, context, async ({ namespace }) => {
      const state = await namespace.observe();
      requireEnvironment(state, options.virtualEnv);
      return shownEnvironment(options.virtualEnv, state, context.now().getTime());
    }),
  );
}

/** An environment that the namespace has, at a moment (ms since 1970). */
export function shownEnvironment(name: string, state: NamespaceState, now: number): EnvironmentShowResult {
  const stored = state.environments.find(({ definition }) => definition.name === name);
  const item = environmentItems(state, now).find((each) => each.name === name);
  if (stored === undefined || item === undefined) throw new Error(`${name} isn't there`);
  const { definition, createdAt } = stored;
  const { ttl } = definition;
  const effective = item.broken === undefined ? environmentsByName(state).get(name) : undefined;
  const shown = effective ?? withoutParent(stored.definition);
  const versions = state.versions.filter(({ runsIn }) => runsIn.includes(name));
  return {
    schema: 'fox/v1',
    kind: 'env show',
    ...item,
    lineage: shown.lineage,
    mending: brokenEnvironment(state, name)?.hints ?? [],
    ...(ttl === undefined ? {} : { ttl }),
    createdAt,
    values: valuesInForce(shown, definitionsOf(state.environments), {
      here: declarationsOf(versions),
      elsewhere: declarationsOf(state.versions.filter((each) => !versions.includes(each))),
    }),
    unset: unsetValues(shown, versions),
    problems: effective === undefined ? [] : problemsIn(effective, versions),
    held: effective === undefined ? [] : heldReleases(effective, versions),
  };
}

/** What an environment says itself, as if it inherited nothing. */
function withoutParent(definition: EnvironmentDefinition): EffectiveEnvironment {
  const own = Object.fromEntries(Object.entries(definition).filter(([key]) => key !== 'parent'));
  const { name } = definition;
  const found = effectiveEnvironment(new Map([[name, own as unknown as EnvironmentDefinition]]), name);
  if (typeof found === 'string') throw new Error(`${name} has no parent, and yet ${found}`);
  return found;
}

function unsetValues(
  { definition, vars, secrets }: EffectiveEnvironment,
  versions: readonly StoredVersion[],
): UnsetValue[] {
  const own = ownValues(definition);
  const isSet = (name: string) => own.has(name) || Object.hasOwn(vars, name) || Object.hasOwn(secrets, name);
  return [...declarationsOf(versions)]
    .filter(([name]) => !isSet(name))
    .map(([name, declaredBy]) => {
      const value = latestDefault(name, versions);
      return { name, ...(value === undefined ? {} : { default: value }), declaredBy };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function latestDefault(name: string, versions: readonly StoredVersion[]): VariableValue | undefined {
  for (const { manifest } of versions.toReversed()) {
    for (const { template, routes } of Object.values(manifest.components)) {
      for (const env of [template.env, ...routes.map((route) => route.env ?? {})]) {
        const value = Object.hasOwn(env, name) ? env[name]?.default : undefined;
        if (value !== undefined) return value;
      }
    }
  }
  return undefined;
}

function problemsIn(
  environment: EffectiveEnvironment,
  versions: readonly StoredVersion[],
): EnvironmentProblem[] {
  const known = new Map<string, Environment>([[environment.name, environment]]);
  return versions.flatMap((version) =>
    checkEnvironment(version.manifest, environmentFor(version, environment.name, known) ?? environment),
  );
}

function heldReleases(environment: EffectiveEnvironment, versions: readonly StoredVersion[]): HeldRelease[] {
  return versions.flatMap((version) => {
    const { app, name, held } = version;
    const inForce = held.find((each) => each.isInForce && each.environment.name === environment.name);
    if (inForce === undefined) return [];
    const declared = declarationsOf([version]);
    const differing = differingNames(valuesOf(inForce.environment), valuesOf(environment));
    return [{ app, version: name, differing: differing.filter((each) => declared.has(each)) }];
  });
}

function valuesOf({ vars, secrets = {} }: Environment): Record<string, VariableValue> {
  return { ...vars, ...secrets };
}
