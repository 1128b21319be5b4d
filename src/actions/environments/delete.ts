// `fox env delete`: a virtual environment leaves, and with it what runs only there.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import { environmentRecords } from '../../cluster/objects/environment-removal.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { environmentNotFound, requireEnvironmentName } from '../lookup/lookup.ts';
import { withWorkspace } from '../place/workspace.ts';
import { withCluster, withClusterSnapshot } from '../session/cluster-session.ts';
import { exclusively } from '../session/exclusively.ts';
import { rightsToEnd } from './change/change-rights.ts';
import { endEnvironment } from './end/end-environment.ts';
import {
  type EndedVersion,
  type EnvironmentEnd,
  isUsed,
  planEnd,
  refuseEnd,
  unclear,
} from './end/environment-end.ts';

export interface DeleteEnvironmentOptions extends CommonOptions {
  readonly virtualEnv: string;
  /** What is released there doesn't keep it. */
  readonly endReleases?: boolean;
  /** One that doesn't exist is as good as deleted. */
  readonly ignoreNotFound?: boolean;
  readonly dryRun?: boolean;
}

/** What a deletion did, or would do. */
export interface DeleteEnvironmentResult {
  readonly schema: 'fox/v1';
  readonly kind: 'env delete';
  readonly name: string;
  /** It, or something of it, was there. */
  readonly existed: boolean;
  /** What was released there. */
  readonly releases: readonly EndedVersion[];
  /** Versions that don't run there any more. */
  readonly versions: readonly EndedVersion[];
  /** Workloads (Deployments) that left with it. */
  readonly workloads: readonly string[];
  readonly dryRun: boolean;
}

/**
 * Deletes a virtual environment. Can be interrupted at any point: the next run completes it.
 * @throws FoxError IN_USE while something is released there (unless that is to end, too), while others inherit from it,
 * and if it is the default one, of the namespace or of the config; NOT_FOUND.
 */
export async function deleteEnvironment(
  options: DeleteEnvironmentOptions,
  context: ActionContext,
): Promise<DeleteEnvironmentResult> {
  const { virtualEnv: name, dryRun = false, endReleases = false } = options;
  requireEnvironmentName(name);
  const reach = dryRun ? withClusterSnapshot : withCluster;
  return withWorkspace(context, options, async (workspace) =>
    reach(workspace, context, async ({ namespace, requireDeployer }) => {
      const seen = await namespace.observe();
      refuseEnd(seen, name, endReleases, workspace.defaultEnvironment);
      const existed = await isThere(namespace, seen, name);
      if (!existed && options.ignoreNotFound !== true) throw environmentNotFound(seen, name);
      const planned = await planEnd(seen, name);
      if (dryRun || !existed) return result(name, existed, planned, dryRun);
      await requireDeployer?.(rightsToEnd);
      return exclusively(namespace, context, `env delete ${name}`, async (signal) => {
        const state = await namespace.observe();
        // Whoever held the namespace until now may have released something there.
        refuseEnd(state, name, endReleases, workspace.defaultEnvironment);
        const end = await endEnvironment(namespace, name, state, { ...context, signal });
        if (end.isUnclear) context.emit({ type: 'warning', text: unclear(name) });
        return result(name, end.existed, end, dryRun);
      });
    }),
  );
}

/** An interrupted deletion, or somebody with kubectl, may have left parts of it. */
async function isThere(namespace: Namespace, state: NamespaceState, name: string): Promise<boolean> {
  if (state.environments.some(({ definition }) => definition.name === name)) return true;
  if (isUsed(state, name)) return true;
  return (await environmentRecords(namespace.client, name)).length > 0;
}

function result(
  name: string,
  existed: boolean,
  { releases, versions, workloads }: EnvironmentEnd,
  dryRun: boolean,
): DeleteEnvironmentResult {
  return {
    schema: 'fox/v1',
    kind: 'env delete',
    name,
    existed,
    releases,
    versions,
    workloads: workloads.map((workload) => workload.name),
    dryRun,
  };
}
