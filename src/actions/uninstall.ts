// `fox uninstall`: removes from a Kubernetes namespace what fox has made there, and nothing else.
import { type ManagedObject, managedObjects } from '../cluster/objects/managed-objects.ts';
import type { Namespace, NamespaceState } from '../cluster/namespace.ts';
import { FoxError } from '../core/errors.ts';
import { kind as kindOf, label, objectName } from '../core/labels.ts';
import { explainAnswer } from './session/access.ts';
import { withCluster, withClusterSnapshot } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { exclusively } from './session/exclusively.ts';
import { withWorkspace } from './place/workspace.ts';

export interface UninstallOptions extends CommonOptions {
  /** Only what `fox install` makes; versions, releases and workloads stay. */
  readonly routerOnly?: boolean;
  /** Also the key by which secrets are recognised. */
  readonly purge?: boolean;
  /** Also while versions are released. */
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** What was removed, or would be. */
export interface UninstallResult {
  readonly schema: 'fox/v1';
  readonly kind: 'uninstall';
  readonly namespace: string;
  readonly items: readonly UninstallItem[];
  readonly kept: readonly { readonly kind: string; readonly name: string; readonly why: string }[];
  /** What plain traffic goes to and will get no answer: `v2 of order-app in dev`. */
  readonly released: readonly string[];
  readonly dryRun: boolean;
}

/** One object of fox's. */
export interface UninstallItem {
  readonly kind: string;
  readonly name: string;
  /** In fox's words: `router`, `version`, `workload` … */
  readonly what: string;
}

/**
 * Removes what fox has made. Can be interrupted at any point: the next run completes it.
 * @throws FoxError IN_USE while versions are released, unless told otherwise; USAGE on the embedded cluster.
 */
export async function uninstall(options: UninstallOptions, context: ActionContext): Promise<UninstallResult> {
  const reach = options.dryRun === true ? withClusterSnapshot : withCluster;
  return withWorkspace(context, options, async (workspace) =>
    reach(workspace, context, async (session) => {
      const { cluster, namespace } = session;
      if (cluster.kind === 'embedded') throw embedded();
      try {
        return await uninstallFrom(namespace, options, context);
      } catch (error) {
        throw await explainAnswer(error, namespace.client, { context: cluster.context, part: 'installer' });
      }
    }),
  );
}

/** {@link uninstall} for a namespace that is at hand. */
export async function uninstallFrom(
  namespace: Namespace,
  options: UninstallOptions,
  context: Pick<ActionContext, 'emit' | 'signal' | 'user'>,
): Promise<UninstallResult> {
  if (options.dryRun === true) return (await chosen(namespace, options)).result;
  return exclusively(namespace, context, 'uninstall', (signal) =>
    removeAll(namespace, options, { ...context, signal }),
  );
}

async function removeAll(
  namespace: Namespace,
  options: UninstallOptions,
  { emit, signal }: Pick<ActionContext, 'emit' | 'signal'>,
): Promise<UninstallResult> {
  const { result, objects, unseen } = await chosen(namespace, options);
  if (result.released.length > 0 && options.yes !== true) throw inUse(result, options);
  for (const { resource, name } of objects) {
    signal.throwIfAborted();
    await namespace.client.delete(resource, name);
  }
  if (unseen.length > 0) {
    const text = `not allowed to look for ${unseen.join(', ')}: if fox made some, they are still there`;
    emit({ type: 'warning', text });
  }
  return result;
}

/** What is to be removed: the Lease that this command itself holds comes last, and isn't told of. */
async function chosen(
  namespace: Namespace,
  { routerOnly = false, purge = false, dryRun = false }: UninstallOptions,
): Promise<{ result: UninstallResult; objects: readonly ManagedObject[]; unseen: readonly string[] }> {
  const [{ objects: all, unseen }, state] = await Promise.all([
    managedObjects(namespace.client),
    namespace.observe(),
  ]);
  const isChosen = ({ purpose }: ManagedObject) =>
    purpose === 'router' || (!routerOnly && (purpose === 'other' || purge));
  const objects = all.filter(isChosen);
  const identity = all.filter((object) => object.purpose === 'identity' && !isChosen(object));
  const result: UninstallResult = {
    schema: 'fox/v1',
    kind: 'uninstall',
    namespace: namespace.client.namespace,
    items: objects
      .filter(({ name }) => name !== objectName.writeLease)
      .map((object) => ({ kind: object.kind, name: object.name, what: whatOf(object) })),
    kept: routerOnly
      ? []
      : identity.map(({ kind, name }) => ({
          kind,
          name,
          why: 'without it secrets are not recognised again; --purge removes it',
        })),
    released: releasedIn(state),
    dryRun,
  };
  return { result, objects, unseen };
}

function releasedIn({ releases }: NamespaceState): string[] {
  return [...releases.records].flatMap(([environment, apps]) =>
    [...apps].map(([app, { version }]) => `${version} of ${app} in ${environment}`),
  );
}

function whatOf({ name, labels, purpose }: ManagedObject): string {
  const kind = labels[label.kind];
  if (kind === kindOf.keeper) return kind;
  if (purpose !== 'other') return purpose;
  if (kind === kindOf.service) return `service of ${labels[label.component] ?? name}`;
  if (kind !== undefined) return kind;
  return labels[label.hash] === undefined ? '' : `workload of ${labels[label.app] ?? ''}`;
}

function inUse({ released, namespace }: UninstallResult, { routerOnly = false }: UninstallOptions): FoxError {
  const routersOnly = '`fox uninstall --router-only --yes`';
  const reachableAgain = 'leaves the apps running, and reachable again after `fox install`.';
  return new FoxError('IN_USE', `versions are released in namespace ${namespace}; nothing was removed`, {
    details: released,
    hints: routerOnly
      ? [`${routersOnly} ${reachableAgain}`]
      : [
          '`fox uninstall --dry-run` shows what would go; `--yes` says that it shall.',
          `${routersOnly} ${reachableAgain}`,
        ],
  });
}

function embedded(): FoxError {
  return new FoxError('USAGE', 'nothing is installed in the embedded cluster: it is part of fox', {
    hints: [
      '`fox cluster stop` stops it; its data is in .fox.',
      'Name a Kubernetes cluster with `--context`, or `cluster` in the config.',
    ],
  });
}
