// `fox env unset`: variables and secrets that a virtual environment no longer says itself; what it inherits counts then.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { EnvironmentDefinition } from '../../core/environments/environment-definition.ts';
import { FoxError } from '../../core/errors.ts';
import { didYouMean } from '../../core/names.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { requireEnvironmentName } from '../lookup/lookup.ts';
import { withWorkspace } from '../place/workspace.ts';
import { withCluster, withClusterSnapshot } from '../session/cluster-session.ts';
import { changeEnvironments } from './change/change-environments.ts';
import type { EnvironmentChangeResult } from './change/change-result.ts';
import { withoutValues } from './change/definition-edit.ts';
import { existingDefinition, requiredDefinition } from './known/environment-lookup.ts';
import { environmentsByName } from './known/known-environments.ts';

export interface UnsetOptions extends CommonOptions {
  readonly virtualEnv: string;
  /** Names of variables and secrets. */
  readonly names: readonly string[];
  /** What isn't there is as good as unset: names, and the environment. */
  readonly ignoreNotFound?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Unsets what is named; all else stays.
 * @throws FoxError NOT_FOUND with each name that isn't set there, and as {@link changeEnvironments}.
 */
export async function unsetEnvironment(
  options: UnsetOptions,
  context: ActionContext,
): Promise<EnvironmentChangeResult> {
  const { virtualEnv: name, names, dryRun = false, ignoreNotFound = false } = options;
  requireEnvironmentName(name);
  const reach = dryRun ? withClusterSnapshot : withCluster;
  return withWorkspace(context, options, async (workspace) =>
    reach(workspace, context, async (session) => {
      const { defaultEnvironment } = workspace;
      const change = { ...options, kind: 'env unset', what: `env unset ${name}`, defaultEnvironment };
      return changeEnvironments(session, change, context, (state) => {
        if (ignoreNotFound && existingDefinition(state, name) === undefined) return { put: [] };
        const definition = requiredDefinition(state, name);
        if (!ignoreNotFound) refuseUnknown(definition, names, state);
        return { put: [withoutValues(definition, new Set(names))] };
      });
    }),
  );
}

function refuseUnknown(
  { name, vars, secrets = {} }: EnvironmentDefinition,
  names: readonly string[],
  state: NamespaceState,
): void {
  const own = [...Object.keys(vars), ...Object.keys(secrets)];
  const unknown = names.filter((each) => !own.includes(each));
  if (unknown.length === 0) return;
  const origins = environmentsByName(state).get(name)?.origins;
  const lines = unknown.map((each) => {
    const origin = origins?.vars[each] ?? origins?.secrets[each];
    if (origin !== undefined)
      return `${each} is inherited from ${origin}: unset it there, or set another value here`;
    const guess = didYouMean(each, own);
    return guess === undefined ? each : `${each} (did you mean ${guess}?)`;
  });
  throw new FoxError(
    'NOT_FOUND',
    `${name} itself doesn't say ${unknown.length === 1 ? `what ${unknown[0]} is` : 'what these are'}; nothing was changed`,
    {
      details: lines,
      hints: [
        own.length === 0 ? `${name} says no value itself.` : `It says: ${own.toSorted().join(', ')}.`,
        '`--ignore-not-found` unsets those that are there.',
      ],
    },
  );
}
