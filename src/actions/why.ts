// `fox why`: why a workload exists: who wants it, who made it, and what makes it what it is.
import type { NamespaceState } from '../cluster/namespace.ts';
import type { DeployedWorkload } from '../cluster/objects/workload-object.ts';
import { FoxError } from '../core/errors.ts';
import { shortHash } from '../core/labels.ts';
import { type Want, wantedWorkloads } from '../core/plan/wanted.ts';
import { workloadKey } from '../core/version/workload.ts';
import { withClusterSnapshot } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { environmentsByName } from './environments/known/known-environments.ts';
import { unwantedWorkloads } from './leftovers/unwanted.ts';
import { withWorkspace } from './place/workspace.ts';

export interface WhyOptions extends CommonOptions {
  /** Name of a Deployment or pod, the beginning of a workload hash, or a component's name if it has one workload. */
  readonly workload: string;
}

/** Why a workload exists. */
export interface WhyResult {
  readonly schema: 'fox/v1';
  readonly kind: 'why';
  readonly app: string;
  readonly name: string;
  readonly component: string;
  readonly hash: string;
  readonly sourceHash: string;
  readonly image: string;
  /** Commit that it was first built from. */
  readonly commit: string;
  readonly createdAt: string;
  /** Version whose deployment made it. */
  readonly madeFor: string;
  readonly wantedBy: readonly Want[];
  /** It forwards the context, so that what it calls isn't part of its identity. */
  readonly forwardsContext?: boolean;
  /** Components whose content is part of its identity, because it calls them and forwards no context. */
  readonly identityIncludes: readonly string[];
  /** Who else than fox has changed what its pods are made of. */
  readonly changedBy: readonly string[];
  /** Why it can go, if nothing wants it. */
  readonly unwanted?: string;
}

/** Explains a workload; doesn't start a cluster. */
export async function why(options: WhyOptions, context: ActionContext): Promise<WhyResult> {
  return withWorkspace(context, options, async (workspace) =>
    withClusterSnapshot(workspace, context, async ({ namespace }) => {
      const state = await namespace.observe();
      return explain(findWorkload(state, workspace.app, options.workload), state);
    }),
  );
}

function findWorkload({ workloads }: NamespaceState, app: string, wanted: string): DeployedWorkload {
  const own = workloads.filter((workload) => workload.app === app);
  const matches = own.filter(
    ({ name, hash, component }) =>
      name === wanted ||
      wanted.startsWith(`${name}-`) ||
      component === wanted ||
      (/^[0-9a-f]{4,64}$/.test(wanted) && (hash.startsWith(wanted) || wanted.startsWith(hash))),
  );
  const [match, ...more] = matches;
  if (match !== undefined && more.length === 0) return match;
  const names = (matches.length > 0 ? matches : own).map(({ name }) => name).toSorted();
  const message =
    match === undefined
      ? `there is no workload "${wanted}"`
      : `"${wanted}" means ${matches.length} workloads`;
  throw new FoxError(match === undefined ? 'NOT_FOUND' : 'USAGE', message, {
    hints: [names.length === 0 ? 'Nothing is deployed yet.' : `Name one of them: ${names.join(', ')}.`],
  });
}

function explain(workload: DeployedWorkload, state: NamespaceState): WhyResult {
  const wanted = wantedWorkloads(state.versions, environmentsByName(state)).get(workloadKey(workload));
  const unwanted = unwantedWorkloads(state).find((each) => each.workload === workload)?.reason;
  const definition = wanted?.workload.definition;
  const version = state.versions.find(
    ({ app, name }) => app === workload.app && name === wanted?.wants[0]?.version,
  );
  const { app, name, component, hash, sourceHash, image, commit, createdAt, wantedBy } = workload;
  return {
    schema: 'fox/v1',
    kind: 'why',
    app,
    name,
    component,
    hash,
    sourceHash: shortHash(sourceHash),
    image,
    commit,
    createdAt,
    madeFor: wantedBy,
    wantedBy: wanted?.wants ?? [],
    ...(definition === undefined ? {} : { forwardsContext: definition.forwardsContext }),
    identityIncludes:
      definition === undefined || definition.forwardsContext
        ? []
        : reachable(component, (each) => version?.manifest.components[each]?.template.calls ?? []),
    changedBy: workload.changedBy ?? [],
    ...(unwanted === undefined ? {} : { unwanted }),
  };
}

/** Everything that can be reached by calls, without the start. */
function reachable(start: string, calls: (component: string) => readonly string[]): string[] {
  const seen = new Set([start]);
  for (const component of seen) for (const callee of calls(component)) seen.add(callee);
  seen.delete(start);
  return [...seen].toSorted();
}
