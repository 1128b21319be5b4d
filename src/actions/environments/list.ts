// `fox env list`: the virtual environments of the namespace, what they are like, and what runs and is released there.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { StoredEnvironment } from '../../cluster/objects/environment-object.ts';
import type { Access, Policy } from '../../core/environments/environment-definition.ts';
import type { EffectiveEnvironment } from '../../core/environments/inheritance.ts';
import { timeLeft } from '../../core/environments/time-to-live.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { withWorkspace } from '../place/workspace.ts';
import { withClusterSnapshot } from '../session/cluster-session.ts';
import { brokenEnvironments, environmentsByName } from './known/known-environments.ts';
import { outliving } from './known/outlived.ts';

/** What `fox env list` lists. */
export interface EnvironmentListResult {
  readonly schema: 'fox/v1';
  readonly kind: 'env list';
  readonly items: readonly EnvironmentItem[];
}

/** Settings in force; absent where that can't be told, as the environment is broken. */
export interface InheritedSettings {
  readonly policy?: Policy;
  readonly access?: Access;
  readonly sticky?: boolean;
  /** `30m`, or `off`. */
  readonly skewProtection?: string;
  readonly responseHeaders?: boolean;
}

/** A virtual environment, without its values. */
export interface EnvironmentItem extends InheritedSettings {
  readonly name: string;
  readonly parent?: string;
  readonly hosts: readonly string[];
  readonly subPath?: string;
  /** RFC 3339. */
  readonly expiresAt?: string;
  /** Milliseconds until then; negative: it is over. */
  readonly timeLeft?: number;
  /** Its time is over, and it ends once these have, which inherit from it. */
  readonly waitsFor?: readonly string[];
  /** Plain traffic without any selector uses it. */
  readonly isDefault: boolean;
  /** Versions that are asked to run there, of all apps. */
  readonly versions: readonly RunningHere[];
  /** Version that is released there, by app. */
  readonly released: Readonly<Record<string, string>>;
  /** Why it can't be used, as a sentence fragment; absent: it can. */
  readonly broken?: string;
}

/** A version that is asked to run in an environment. */
export interface RunningHere {
  readonly app: string;
  readonly version: string;
}

/** Lists virtual environments by name; doesn't start a cluster. */
export async function listEnvironments(
  options: CommonOptions,
  context: ActionContext,
): Promise<EnvironmentListResult> {
  return withWorkspace(context, options, async (workspace) =>
    withClusterSnapshot(workspace, context, async ({ namespace }) => {
      const items = environmentItems(await namespace.observe(), context.now().getTime());
      return { schema: 'fox/v1', kind: 'env list', items };
    }),
  );
}

/** All environments of a namespace at a moment (ms since 1970), by name. */
export function environmentItems(state: NamespaceState, now: number): EnvironmentItem[] {
  const effective = environmentsByName(state);
  const broken = brokenEnvironments(state);
  return state.environments
    .map((stored) => {
      const { name } = stored.definition;
      return itemOf(stored, { effective: effective.get(name), broken: broken.get(name) }, state, now);
    })
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** What is known of an environment beside what it says itself. */
interface Known {
  readonly effective: EffectiveEnvironment | undefined;
  readonly broken: string | undefined;
}

/** One environment as it is listed. */
function itemOf(
  { definition, isDefault }: StoredEnvironment,
  { effective, broken }: Known,
  state: NamespaceState,
  now: number,
): EnvironmentItem {
  const { name, parent, hosts = [], subPath, expiresAt } = definition;
  const inForce = broken === undefined ? (effective ?? definition) : definition;
  const left = timeLeft(expiresAt, now);
  const waitsFor = left === undefined || left > 0 ? [] : outliving(state, name, now);
  return {
    name,
    ...(parent === undefined ? {} : { parent }),
    ...settingsInForce(inForce),
    hosts,
    ...(subPath === undefined ? {} : { subPath }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(left === undefined ? {} : { timeLeft: left }),
    ...(waitsFor.length === 0 ? {} : { waitsFor }),
    isDefault,
    versions: runningIn(name, state),
    released: releasedIn(name, state),
    ...(broken === undefined ? {} : { broken }),
  };
}

/** What an environment may inherit besides values. */
export function settingsInForce({
  policy,
  access,
  sticky,
  skewProtection,
  responseHeaders,
}: InheritedSettings): InheritedSettings {
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(access === undefined ? {} : { access }),
    ...(sticky === undefined ? {} : { sticky }),
    ...(skewProtection === undefined ? {} : { skewProtection }),
    ...(responseHeaders === undefined ? {} : { responseHeaders }),
  };
}

/** Versions that are asked to run in an environment, oldest first. */
export function runningIn(name: string, { versions }: Pick<NamespaceState, 'versions'>): RunningHere[] {
  return versions
    .filter(({ runsIn }) => runsIn.includes(name))
    .map(({ app, name: version }) => ({ app, version }));
}

/** What is released in an environment, by app. */
export function releasedIn(
  name: string,
  { releases }: Pick<NamespaceState, 'releases'>,
): Record<string, string> {
  const records = [...(releases.records.get(name) ?? [])].toSorted(([a], [b]) => a.localeCompare(b));
  return Object.fromEntries(records.map(([app, { version }]) => [app, version]));
}
