// `fox prune`: removes what nothing wants any more, with a reason for each.
import type { Namespace, NamespaceState } from '../cluster/namespace.ts';
import type { StoredConfiguration } from '../cluster/objects/configuration-object.ts';
import { withCluster, withClusterSnapshot } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { exclusively } from './session/exclusively.ts';
import { cutStreams, streamsByWorkload } from './leftovers/cut-streams.ts';
import { unnamedConfigurations } from './release/held-configurations.ts';
import { missingReferences, missingText, refuseMissing } from './leftovers/missing-references.ts';
import { settleRest } from './rollout/settle.ts';
import { removeUnusedSecrets, type UnusedSecret, unusedSecrets } from './leftovers/unused-secrets.ts';
import { type UnwantedWorkload, unwantedWorkloads } from './leftovers/unwanted.ts';
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
  /** Of a workload: streams (WebSockets, server-sent events) that end with it, as of some seconds ago. */
  readonly streams?: number;
}

/**
 * Removes workloads, images, secrets and configurations that no version of any app in the namespace needs.
 * @throws FoxError IN_USE while a virtual environment or a released version of the app is missing.
 */
export async function prune(options: PruneOptions, context: ActionContext): Promise<PruneResult> {
  const reach = options.dryRun === true ? withClusterSnapshot : withCluster;
  return withWorkspace(context, options, async (workspace) =>
    reach(workspace, context, async ({ namespace, layout }) => {
      const pruneOnce = async (dryRun: boolean): Promise<PruneResult> => {
        const left = await leftovers(namespace, workspace.app, context);
        if (!dryRun) await removeLeftovers(namespace, left);
        // A registry keeps what it has: others may pull from it.
        const images = await layout?.remove({
          keep: neededImages(left.state, left.workloads),
          now: context.now().getTime(),
          dryRun,
        });
        return { schema: 'fox/v1', kind: 'prune', items: itemsOf(left, images?.images ?? []), dryRun };
      };
      if (options.dryRun === true) return pruneOnce(true);
      return exclusively(namespace, context, 'prune', async () => pruneOnce(false));
    }),
  );
}

/** What of a namespace can go. */
interface Leftovers {
  readonly state: NamespaceState;
  readonly workloads: readonly UnwantedWorkload[];
  /** Open streams by workload key. */
  readonly streams: ReadonlyMap<string, number>;
  readonly configurations: readonly StoredConfiguration[];
  readonly secrets: readonly UnusedSecret[];
  /** The namespace without these configurations: by it no secret is needed for them. */
  readonly rest: NamespaceState;
}

/** Finds what can go, and warns of what can't be told. @throws FoxError IN_USE if that is so of this app. */
async function leftovers(
  namespace: Namespace,
  app: string,
  { emit }: Pick<ActionContext, 'emit'>,
): Promise<Leftovers> {
  const [state, streams] = await Promise.all([namespace.observe(), streamsByWorkload(namespace)]);
  refuseMissing(state, app);
  const missing = missingReferences(state);
  for (const each of missing)
    emit({ type: 'warning', text: `${missingText(each)}; nothing of ${each.app} is removed` });
  const unclear = new Set(missing.map((each) => each.app));
  const configurations = unnamedConfigurations(state).filter((each) => !unclear.has(each.app));
  const rest = {
    ...state,
    configurations: state.configurations.filter((each) => !configurations.includes(each)),
  };
  const secrets = await unusedSecrets(namespace, rest, (text) => emit({ type: 'warning', text }));
  return { state, workloads: unwantedWorkloads(state), streams, configurations, secrets, rest };
}

async function removeLeftovers(
  namespace: Namespace,
  { state, workloads, configurations, secrets, rest }: Leftovers,
): Promise<void> {
  for (const { workload } of workloads) await namespace.deleteWorkload(workload.name);
  await settleRest(namespace, state);
  for (const each of configurations) await namespace.deleteConfiguration(each);
  await removeUnusedSecrets(namespace, rest, secrets);
}

function itemsOf(
  { workloads, streams, configurations, secrets }: Leftovers,
  images: readonly string[],
): PruneItem[] {
  return [
    ...workloads.map((each) => workloadItem(each, cutStreams(streams, [each.workload]))),
    ...images.map(imageItem),
    ...configurations.map(configurationItem),
    ...secrets.map(secretItem),
  ];
}

function secretItem({ app = '', name, reason }: UnusedSecret): PruneItem {
  return { app, type: 'secret', name, reason };
}

function workloadItem({ workload: { app, name }, reason }: UnwantedWorkload, streams: number): PruneItem {
  return { app, type: 'workload', name, reason, ...(streams === 0 ? {} : { streams }) };
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
