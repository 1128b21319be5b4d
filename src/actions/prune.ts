// `fox prune`: removes what nothing wants any more, with a reason for each.
import type { NamespaceState } from '../cluster/namespace.ts';
import type { StoredConfiguration } from '../cluster/objects/configuration-object.ts';
import { withCluster, withClusterSnapshot } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { exclusively } from './session/exclusively.ts';
import { unnamedConfigurations } from './held-configurations.ts';
import { missingReferences, missingText, refuseMissing } from './missing-references.ts';
import { settleRest } from './rollout/settle.ts';
import { removeUnusedSecrets, unusedSecrets } from './unused-secrets.ts';
import { type UnwantedWorkload, unwantedWorkloads } from './unwanted.ts';
import { withWorkspace } from './place/workspace.ts';

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
  /** `''`: it belongs to all apps. */
  readonly app: string;
  readonly type: 'workload' | 'image' | 'secret' | 'configuration';
  readonly name: string;
  readonly reason: string;
}

/**
 * Removes workloads, images, secrets and configurations that no version of any app in the namespace needs.
 * @throws FoxError IN_USE while a virtual environment or a released version of the app is missing.
 */
export async function prune(options: PruneOptions, context: ActionContext): Promise<PruneResult> {
  const reach = options.dryRun === true ? withClusterSnapshot : withCluster;
  return withWorkspace(context, options, async (workspace) =>
    reach(workspace, context, async ({ namespace, layout }) => {
      const pruneOnce = async (state: NamespaceState, dryRun: boolean): Promise<PruneResult> => {
        refuseMissing(state, workspace.app);
        const missing = missingReferences(state);
        for (const each of missing)
          context.emit({ type: 'warning', text: `${missingText(each)}; nothing of ${each.app} is removed` });
        const unwanted = unwantedWorkloads(state);
        const unclear = new Set(missing.map(({ app }) => app));
        const left = unnamedConfigurations(state).filter(({ app }) => !unclear.has(app));
        const configurations = state.configurations.filter((each) => !left.includes(each));
        const rest = { ...state, configurations };
        const secrets = await unusedSecrets(namespace, rest, (text) =>
          context.emit({ type: 'warning', text }),
        );
        if (!dryRun) {
          for (const { workload } of unwanted) await namespace.deleteWorkload(workload.name);
          await settleRest(namespace, state);
          for (const each of left) await namespace.deleteConfiguration(each);
          await removeUnusedSecrets(namespace, rest, secrets);
        }
        // A registry keeps what it has: others may pull from it.
        const removed = await layout?.remove({
          keep: neededImages(state, unwanted),
          now: context.now().getTime(),
          dryRun,
        });
        return {
          schema: 'fox/v1',
          kind: 'prune',
          items: [
            ...unwanted.map(workloadItem),
            ...(removed?.images ?? []).map(imageItem),
            ...left.map(configurationItem),
            ...secrets.map(({ app = '', name, reason }): PruneItem => ({
              app,
              type: 'secret',
              name,
              reason,
            })),
          ],
          dryRun,
        };
      };
      if (options.dryRun === true) return pruneOnce(await namespace.observe(), true);
      return exclusively(namespace, context, 'prune', async () =>
        pruneOnce(await namespace.observe(), false),
      );
    }),
  );
}

function workloadItem({ workload: { app, name }, reason }: UnwantedWorkload): PruneItem {
  return { app, type: 'workload', name, reason };
}

function configurationItem({ app, name }: StoredConfiguration): PruneItem {
  return { app, type: 'configuration', name, reason: 'no release holds on to it' };
}

/** Images are named `<app>/<component>:<source hash>`. */
function imageItem(name: string): PruneItem {
  return {
    app: name.slice(0, name.indexOf('/')),
    type: 'image',
    name,
    reason: 'no version and no workload uses it',
  };
}

/** Digests of images that a version or a workload that stays needs. */
function neededImages(state: NamespaceState, unwanted: readonly UnwantedWorkload[]): Set<string> {
  const leaving = new Set(unwanted.map(({ workload }) => workload));
  const running = state.workloads.filter((workload) => !leaving.has(workload)).map(({ image }) => image);
  const recorded = state.versions.flatMap(({ manifest }) =>
    Object.values(manifest.components).map(({ image }) => image),
  );
  return new Set([...running, ...recorded]);
}
