// What the names of values are declared as: by what runs in an environment and in what inherits from it, and by the app at HEAD.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import type { Route, VariableDeclaration, VariableType } from '../../../core/version/app.ts';
import { FoxError } from '../../../core/errors.ts';
import { variablesInRule } from '../../../core/environments/environment-check.ts';
import { descendantsOf } from '../../../core/environments/inheritance.ts';
import type { ActionContext } from '../../context.ts';
import { readApp } from '../../place/app-at-tree.ts';
import type { Workspace } from '../../place/workspace.ts';
import { definitionsOf } from '../known/known-environments.ts';

/** Names, and what they are declared as. */
export interface DeclaredTypes {
  readonly variables: ReadonlyMap<string, VariableType>;
  readonly secrets: ReadonlySet<string>;
  /** Variables that rules use, declared or not: text is made of values of any type. */
  readonly inRules: ReadonlySet<string>;
}

/** What of a component declares names. */
export interface Declaring {
  readonly env: Readonly<Record<string, VariableDeclaration>>;
  readonly secrets?: readonly string[];
  readonly routes: readonly Route[];
}

/** Joins declarations; what is declared first counts. */
export function declaredTypes(components: Iterable<Declaring>): DeclaredTypes {
  const variables = new Map<string, VariableType>();
  const secrets = new Set<string>();
  const inRules = new Set<string>();
  for (const component of components) {
    const envs = [component.env, ...component.routes.map(({ env = {} }) => env)];
    for (const [name, { type }] of envs.flatMap((env) => Object.entries(env)))
      if (!variables.has(name)) variables.set(name, type);
    for (const name of component.secrets ?? []) secrets.add(name);
    for (const { rule } of component.routes) for (const name of variablesInRule(rule)) inRules.add(name);
  }
  return { variables, secrets, inRules };
}

/** Components of all versions that run in an environment, or in one that inherits from it; youngest versions first. */
export function* runningComponents(state: NamespaceState, environment: string): Generator<Declaring> {
  const names = new Set([environment, ...descendantsOf(definitionsOf(state.environments), environment)]);
  for (const { runsIn, manifest } of state.versions.toReversed()) {
    if (!runsIn.some((name) => names.has(name))) continue;
    for (const { template, routes } of Object.values(manifest.components)) yield { ...template, routes };
  }
}

/** Components of the app at HEAD; none, and a word about it, where there is no commit or no valid config yet. */
export async function componentsAtHead(
  workspace: Workspace,
  { emit }: Pick<ActionContext, 'emit'>,
): Promise<readonly Declaring[]> {
  try {
    const commit = await workspace.repository.commit('HEAD');
    const { app } = await readApp(workspace, commit, 'HEAD');
    return Object.values(app.components);
  } catch (error) {
    if (!(error instanceof FoxError)) throw error;
    const text = `what ${workspace.app} declares at HEAD isn't known, as ${error.message}: values are typed by what runs`;
    emit({ type: 'info', text });
    return [];
  }
}
