// `fox delete`: a version leaves, and with it the workloads that no other version uses.
import type { Namespace, NamespaceState } from '../cluster/namespace.ts';
import type { StoredVersion } from '../cluster/objects/version-object.ts';
import type { DeployedWorkload } from '../cluster/objects/workload-object.ts';
import { FoxError } from '../core/errors.ts';
import { deploymentName } from '../core/names.ts';
import { wantedWorkloads } from '../core/plan/wanted.ts';
import { workloadKey } from '../core/version/workload.ts';
import { announce } from './session/acknowledgement.ts';
import { withCluster, withClusterSnapshot } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { environmentsByName } from './environments/known/known-environments.ts';
import { exclusively } from './session/exclusively.ts';
import { findVersion, lookUpVersion, namesMeant } from './lookup/lookup.ts';
import { cutStreams, streamsByWorkload } from './leftovers/cut-streams.ts';
import { refuseMissing } from './leftovers/missing-references.ts';
import { type ScaledWorkload, wouldScaleDown } from './rollout/scaling.ts';
import { settleRest } from './rollout/settle.ts';
import { removeUnwanted, unwantedWorkloads } from './leftovers/unwanted.ts';
import { withWorkspace } from './place/workspace.ts';

export interface DeleteOptions extends CommonOptions {
  readonly version: string;
  readonly dryRun?: boolean;
  /** A version that doesn't exist is as good as deleted. */
  readonly ignoreNotFound?: boolean;
}

/** What a delete did. */
export interface DeleteResult {
  readonly schema: 'fox/v1';
  readonly kind: 'delete';
  readonly app: string;
  readonly version: string;
  /** It was there. */
  readonly existed: boolean;
  /** Workloads (Deployments) that left with it. */
  readonly workloads: readonly string[];
  /** Workloads that serve other versions, too, and get fewer pods, as those want no more. */
  readonly scale: readonly ScaledWorkload[];
  /** Streams (WebSockets, server-sent events) that end with them, as of some seconds ago. */
  readonly streams: number;
  readonly dryRun: boolean;
}

/**
 * Deletes a version. Can be interrupted at any point: the next run completes it, as it removes what was left of a
 * version that never finished deploying.
 * @throws FoxError IN_USE while it is released, is what a release would roll back to, or something of the app is missing.
 */
export async function deleteVersion(options: DeleteOptions, context: ActionContext): Promise<DeleteResult> {
  const reach = options.dryRun === true ? withClusterSnapshot : withCluster;
  return withWorkspace(context, options, async (workspace) =>
    reach(workspace, context, async ({ namespace }) => {
      const { app } = workspace;
      const [seen, streams] = await Promise.all([namespace.observe(), streamsByWorkload(namespace)]);
      const result = resultOf(app, options, streams);
      if (lookUpVersion(seen, app, options.version) === undefined) {
        const left = leftOf(seen, app, options.version);
        if (left.length > 0) return deleteRest(namespace, app, options, left, result, context);
        if (options.ignoreNotFound === true) return result(options.version, [], [], false);
      }
      const { name } = findVersion(seen, app, options.version);
      refuseInUse(seen, app, name);
      if (options.dryRun === true)
        return result(name, wouldLeave(seen, app, name), await wouldShrink(namespace, seen, app, name));
      return exclusively(namespace, context, `delete ${deploymentName(app, name)}`, async (signal) => {
        const state = await namespace.observe();
        const version = findVersion(state, app, name);
        refuseInUse(state, app, name);
        const scale = await wouldShrink(namespace, state, app, name);
        await namespace.deleteVersion(version);
        // No router may still know the version when its pods leave.
        await announce(namespace, signal, context);
        const removed = await removeUnwanted(namespace, { onlyOf: [version] });
        return result(
          name,
          removed.map(({ workload }) => workload),
          scale,
        );
      });
    }),
  );
}

/** Workloads that were made for a version that isn't there, and that nothing wants. */
function leftOf(state: NamespaceState, app: string, version: string): DeployedWorkload[] {
  const names = namesMeant(app, version);
  return unwantedWorkloads(state)
    .map(({ workload }) => workload)
    .filter((workload) => workload.app === app && names.has(workload.wantedBy));
}

async function deleteRest(
  namespace: Namespace,
  app: string,
  options: DeleteOptions,
  left: readonly DeployedWorkload[],
  result: ReturnType<typeof resultOf>,
  context: ActionContext,
): Promise<DeleteResult> {
  const { version } = options;
  if (options.dryRun === true) return result(version, left, [], false);
  return exclusively(namespace, context, `delete ${deploymentName(app, version)}`, async () => {
    // Whoever held the namespace until now may have deployed it.
    const state = await namespace.observe();
    const still = leftOf(state, app, version);
    for (const { name } of still) await namespace.deleteWorkload(name);
    await settleRest(namespace, state);
    return result(version, still, [], false);
  });
}

/** What makes the result, from the workloads that leave. */
function resultOf(app: string, { dryRun = false }: DeleteOptions, streams: ReadonlyMap<string, number>) {
  return (
    version: string,
    leaving: readonly DeployedWorkload[],
    scale: readonly ScaledWorkload[],
    existed = true,
  ): DeleteResult => ({
    schema: 'fox/v1',
    kind: 'delete',
    app,
    version,
    existed,
    workloads: leaving.map(({ name }) => name),
    scale,
    streams: cutStreams(streams, leaving),
    dryRun,
  });
}

function wouldLeave(state: NamespaceState, app: string, name: string): DeployedWorkload[] {
  const version = findVersion(state, app, name);
  const own = wantedWorkloads([version], environmentsByName(state));
  const without = withoutVersion(state, version);
  return unwantedWorkloads(without)
    .map(({ workload }) => workload)
    .filter((workload) => own.has(workloadKey(workload)));
}

/** Workloads that keep serving others and have more pods than those want. */
async function wouldShrink(
  namespace: Namespace,
  state: NamespaceState,
  app: string,
  name: string,
): Promise<ScaledWorkload[]> {
  return wouldScaleDown(namespace, withoutVersion(state, findVersion(state, app, name)));
}

function withoutVersion(state: NamespaceState, version: StoredVersion): NamespaceState {
  return { ...state, versions: state.versions.filter((each) => each !== version) };
}

function refuseInUse(state: NamespaceState, app: string, name: string): void {
  const records = [...state.releases.records].flatMap(([environment, apps]) => {
    const record = apps.get(app);
    return record === undefined ? [] : [{ environment, record }];
  });
  const released = records
    .filter(({ record }) => record.version === name)
    .map(({ environment }) => environment);
  if (released.length > 0) {
    throw new FoxError('IN_USE', `${name} is released in ${released.join(', ')}`, {
      hints: [`Release another version there first: \`fox release <version> --virtual-env ${released[0]}\`.`],
    });
  }
  const target = records
    .filter(({ record }) => record.previous?.version === name)
    .map(({ environment }) => environment);
  if (target.length > 0) {
    throw new FoxError('IN_USE', `${name} is what \`fox rollback\` would return to in ${target.join(', ')}`, {
      hints: ['It can be deleted after the next release there.'],
    });
  }
  refuseMissing(state, app);
}
