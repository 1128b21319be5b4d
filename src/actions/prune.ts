// `fox prune`: removes what nothing wants any more, with a reason for each.
import { withWriteLease } from '../cluster/write-lease.ts';
import type { NamespaceState } from '../cluster/namespace.ts';
import { withCluster } from './cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { unwantedWorkloads } from './unwanted.ts';
import { withWorkspace } from './workspace.ts';

export interface PruneOptions extends CommonOptions {
  readonly dryRun?: boolean;
}

/** What `fox prune` removed, or would remove. */
export interface PruneResult {
  readonly schema: 'fox/v1';
  readonly kind: 'prune';
  readonly items: readonly PruneItem[];
  readonly dryRun: boolean;
}

/** One thing that nothing wants. */
export interface PruneItem {
  readonly app: string;
  readonly type: 'workload' | 'image';
  readonly name: string;
  readonly reason: string;
}

/** Removes workloads and images that no version of any app in the namespace needs. */
export async function prune(options: PruneOptions, context: ActionContext): Promise<PruneResult> {
  return withWorkspace(context, options, async (workspace) =>
    withCluster(workspace, context, async ({ namespace, images }) => {
      const find = async (state: NamespaceState): Promise<PruneItem[]> => {
        const workloads = unwantedWorkloads(state).map(({ workload: { app, name }, reason }) => ({ app, type: 'workload' as const, name, reason }));
        const unused = await images.unused(neededImages(state));
        return [...workloads, ...unused.map(({ app, name }) => ({ app, type: 'image' as const, name, reason: 'no version and no workload uses it' }))];
      };
      if (options.dryRun === true) return result(await find(await namespace.observe()), true);
      const onWait = (by: string) => context.emit({ type: 'info', text: `Waiting for ${by} to finish` });
      return withWriteLease(namespace.client, `${context.user}: prune`, onWait, context.signal, async () => {
        const state = await namespace.observe();
        const items = await find(state);
        for (const { type, name } of items) if (type === 'workload') await namespace.deleteWorkload(name);
        await images.prune(neededImages(state));
        return result(items, false);
      });
    }),
  );
}

/** Digests of images that a version or a workload that stays needs. */
function neededImages(state: NamespaceState): Set<string> {
  const unwanted = new Set(unwantedWorkloads(state).map(({ workload }) => workload));
  const running = state.workloads.filter((workload) => !unwanted.has(workload)).map(({ image }) => image);
  const recorded = state.versions.flatMap(({ manifest }) => Object.values(manifest.components).map(({ image }) => image));
  return new Set([...running, ...recorded]);
}

function result(items: readonly PruneItem[], dryRun: boolean): PruneResult {
  return { schema: 'fox/v1', kind: 'prune', items, dryRun };
}
