// Finds a Kubernetes cluster: where a context of the kubeconfig, or the service account of a pod, leads to.
import { isNamespace } from '../../core/cluster-names.ts';
import { FoxError } from '../../core/errors.ts';
import { didYouMean } from '../../core/names.ts';
import { connectionOf } from './connection-of.ts';
import type { PluginContext } from './credential-plugin.ts';
import { readKubeconfig } from './kubeconfig-files.ts';
import type { Kubeconfig } from './kubeconfig.ts';
import { type ContextTarget, inCluster, serviceAccount } from './service-account.ts';
import type { Connection } from '../api/transport.ts';

export { inCluster };

/** Which cluster and namespace, and what finding it needs; by default in the current directory, with nobody to ask. */
export interface ClusterChoice extends Partial<Omit<PluginContext, 'env'>>, Pick<PluginContext, 'env'> {
  /** A context, or {@link inCluster}; without it the current context. */
  readonly context?: string;
  /** Without it the context's own. */
  readonly namespace?: string;
  /** Where a pod's service account is mounted, before `/var/run/secrets/…`. Default: the root. */
  readonly serviceAccountRoot?: string;
}

/** A Kubernetes cluster, ready to be spoken to. */
export interface KubernetesCluster {
  /** The context, or {@link inCluster}. */
  readonly context: string;
  readonly namespace: string;
  readonly connection: Connection;
}

const unattended = { cwd: '.', isInteractive: false, say: () => undefined };

/**
 * Finds the cluster. Speaks to nobody.
 * @throws FoxError CLUSTER_NOT_CONFIGURED if the kubeconfig is missing or damaged, or has no such context.
 */
export async function chooseKubernetes(choice: ClusterChoice): Promise<KubernetesCluster> {
  const { name, ...target } = await findTarget(choice);
  const namespace = choice.namespace ?? target.context.namespace ?? 'default';
  if (!isNamespace(namespace)) {
    throw new FoxError('CLUSTER_NOT_CONFIGURED', `"${namespace}" can't be the name of a namespace`, {
      hints: [`Give another with \`--namespace\`; that of context ${name} is in the kubeconfig.`],
    });
  }
  const connection = await connectionOf(target, { ...unattended, ...choice, name });
  return { context: name, namespace, connection };
}

/** Names of all contexts, the current one first. @throws FoxError CLUSTER_NOT_CONFIGURED */
export async function contextNames(place: Pick<ClusterChoice, 'cwd' | 'env'>): Promise<string[]> {
  const { contexts, currentContext } = await readKubeconfig({ ...unattended, ...place });
  return [...contexts.keys()].toSorted((a, b) => Number(b === currentContext) - Number(a === currentContext));
}

async function findTarget(choice: ClusterChoice): Promise<ContextTarget & { name: string }> {
  if (choice.context === inCluster)
    return { name: inCluster, ...(await serviceAccount(choice.env, choice.serviceAccountRoot)) };
  const config = await readKubeconfig({ ...unattended, ...choice });
  const name = choice.context ?? config.currentContext;
  const context = name === undefined ? undefined : config.contexts.get(name);
  if (name === undefined || context === undefined) throw noContext(name, config);
  const cluster = config.clusters.get(context.cluster);
  if (cluster === undefined) throw leadsNowhere(name, 'cluster', context.cluster);
  if (context.user === undefined) return { name, context, cluster };
  const user = config.users.get(context.user);
  if (user === undefined) throw leadsNowhere(name, 'user', context.user);
  return { name, context, cluster, user };
}

function noContext(wanted: string | undefined, { contexts }: Kubeconfig): FoxError {
  const names = [...contexts.keys()];
  const known = `It has: ${names.length === 0 ? 'none' : names.join(', ')}.`;
  if (wanted === undefined) {
    return new FoxError('CLUSTER_NOT_CONFIGURED', 'the kubeconfig has no current context', {
      hints: ['Choose one with `--context`, or `cluster.context` in the config.', known],
    });
  }
  const guess = didYouMean(wanted, names);
  return new FoxError('CLUSTER_NOT_CONFIGURED', `the kubeconfig has no context "${wanted}"`, {
    hints: [
      ...(guess === undefined ? [] : [`Did you mean \`--context ${guess}\`?`]),
      known,
      '`--context embedded` works on the embedded cluster.',
    ],
  });
}

function leadsNowhere(context: string, kind: 'cluster' | 'user', name: string): FoxError {
  return new FoxError(
    'CLUSTER_NOT_CONFIGURED',
    `context ${context} names the ${kind} "${name}", which the kubeconfig doesn't have`,
    { hints: ['`kubectl config view` shows what it has.'] },
  );
}
