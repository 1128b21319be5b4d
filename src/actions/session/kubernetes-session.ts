// Works with a Kubernetes cluster: says which one it is, and sees to it that nobody changes one by accident.
import { ApiClient } from '../../cluster/api/api-client.ts';
import { chooseKubernetes, type ClusterChoice } from '../../cluster/connection/choose-cluster.ts';
import { Namespace } from '../../cluster/namespace.ts';
import type { PodImage } from '../../cluster/objects/pod-template.ts';
import { openTransport } from '../../cluster/api/transport.ts';
import type { Workload } from '../../core/version/workload.ts';
import { type ImageStore, isWholeReference } from '../../images/image-store.ts';
import { explainAnswer, requireDeployer } from './access.ts';
import type { KubernetesTarget } from '../place/cluster-target.ts';
import type { ActionContext } from '../context.ts';
import { allowFirstUse } from './first-use.ts';
import { kubernetesImages } from './place-images.ts';
import { pullSecretOf } from './pull-secret.ts';
import type { Access, ClusterPlace, ClusterSession, SessionCluster } from './session.ts';

/** Runs `work` with the Kubernetes cluster of a place. */
export async function withKubernetesSession<T>(
  { home, target, settings }: ClusterPlace,
  context: ActionContext,
  access: Access,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  if (target.kind !== 'kubernetes') throw new Error('the embedded cluster is reached otherwise');
  const chosen = await chooseKubernetes(clusterChoice(target, context));
  const { connection, namespace } = chosen;
  const cluster = {
    kind: 'kubernetes',
    context: chosen.context,
    server: connection.server,
    connection,
  } as const;
  if (!access.readOnly) {
    const { isExplicit } = target;
    const isCurrent = target.context === undefined;
    await allowFirstUse(home, { ...chosen, server: connection.server, isExplicit, isCurrent });
    context.emit({ type: 'info', text: `Cluster ${placeText(cluster, namespace)}` });
  }
  const transport = openTransport(connection);
  const client = new ApiClient(transport.send, namespace, context.signal);
  const store = kubernetesImages(settings.registry, cluster.context, context);
  const pullSecret = pullSecretOf(settings.registry, client, context);
  const pullSecrets = pullSecret === undefined ? [] : [pullSecret.name];
  const imageOf = (workload: Workload) => ({ ...podImage(workload, store.images), pullSecrets });
  try {
    return await work({
      cluster,
      state: 'running',
      namespace: new Namespace(client, 'kubernetes', imageOf),
      images: store.images,
      requireDeployer: async (also) => requireDeployer(client, also),
      ...(pullSecret === undefined ? {} : { pullSecret }),
    });
  } catch (error) {
    const part = access.readOnly ? 'reader' : 'deployer';
    throw await explainAnswer(error, client, { context: cluster.context, part });
  } finally {
    await store.close();
    transport.close();
  }
}

function podImage({ app, component, definition }: Workload, images: ImageStore): PodImage {
  const { sourceHash, image } = definition;
  const pullPolicy = isWholeReference(image) ? undefined : images.pullPolicy;
  return {
    image: images.runName({ app, component, sourceHash }, image),
    ...(pullPolicy === undefined ? {} : { pullPolicy }),
  };
}

/** The cluster of a target, as it is to be found in the surroundings of an action. */
export function clusterChoice(
  { context, namespace }: KubernetesTarget,
  { cwd, env, signal, emit, isInteractive = false }: ActionContext,
): ClusterChoice {
  return {
    cwd,
    env,
    signal,
    isInteractive,
    // Also with --quiet: it may ask somebody to log in, and wait for it.
    say: (text) => emit({ type: 'warning', text }),
    ...(context === undefined ? {} : { context }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** `kind-dev (https://127.0.0.1:6443), namespace orders` */
function placeText(
  { context, server }: Extract<SessionCluster, { kind: 'kubernetes' }>,
  namespace: string,
): string {
  return `${context} (${server}), namespace ${namespace}`;
}
