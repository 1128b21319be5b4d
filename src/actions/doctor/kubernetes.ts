// What fox finds of a Kubernetes cluster: whether it answers, its clock, the namespace, what is allowed there, the routers.
import { ApiClient } from '../../cluster/api/api-client.ts';
import { isStatus } from '../../cluster/api/api-error.ts';
import { Namespace } from '../../cluster/namespace.ts';
import { missingRights, rightLines, rightsOf } from '../../cluster/rights.ts';
import { namespacePhase, type ServerFacts, serverFacts } from '../../cluster/server-facts.ts';
import { openTransport, type Transport } from '../../cluster/api/transport.ts';
import { type ClusterPlace, type SessionCluster, withClusterSnapshot } from '../session/cluster-session.ts';
import type { ImageStore } from '../../images/image-store.ts';
import type { ActionContext } from '../context.ts';
import { attempt, examine, type Finding, type Limits, ok, problem, problemOf, warning } from './finding.ts';
import { checkContext } from './context.ts';
import { checkDrift } from './drift.ts';
import { checkKeeper } from './keeper.ts';
import { checkRouterSettings } from './router-settings.ts';
import { checkInstalledRouters } from './routers.ts';
import { checkSecrets } from './secrets.ts';

/** Clocks that differ by more (in ms) make times in logs and histories misleading. */
const tolerableSkew = 5_000;

/** Everything about the cluster; of one that doesn't answer only that. */
export async function examineKubernetes(
  place: ClusterPlace,
  context: ActionContext,
  limits: Limits,
): Promise<readonly Finding[]> {
  try {
    return await withClusterSnapshot(place, context, async ({ cluster, namespace, images }) => {
      if (cluster.kind !== 'kubernetes') throw new Error('the embedded cluster is looked at otherwise');
      const transport = openTransport(cluster.connection);
      try {
        const { send } = transport;
        const server = { place, cluster, limits, send, client: namespace.client, images };
        return (await Promise.all([examineNodes(server), examineServer(server)])).flat();
      } finally {
        transport.close();
      }
    });
  } catch (error) {
    limits.signal.throwIfAborted();
    return [problemOf('cluster', error)];
  }
}

interface Server {
  readonly place: ClusterPlace;
  readonly cluster: Extract<SessionCluster, { kind: 'kubernetes' }>;
  readonly limits: Limits;
  readonly send: Transport;
  readonly client: ApiClient;
  readonly images: ImageStore;
}

async function examineServer({ place, cluster, limits, send, client }: Server): Promise<Finding[]> {
  const reached = await attempt('cluster', limits, () => serverFacts(send));
  if (reached.value === undefined) return [...reached.findings];
  const { target } = place;
  const why =
    target.kind === 'kubernetes' && target.isExplicit
      ? 'named by --context or FOX_CONTEXT'
      : 'named by the config';
  const where = `${cluster.context} (${cluster.server}), Kubernetes ${reached.value.version}; ${why}`;
  // Rights are many questions at once: on connections of their own they keep no other check waiting.
  const rest = await Promise.all([
    examine('namespace', limits, async () => [await checkNamespace(send, client.namespace, cluster.context)]),
    examine('rights', limits, async () => [await checkRights(new ApiClient(send, client.namespace))]),
    examine('router', limits, async () => [await checkVisibleRouters(client)]),
    examine('router settings', limits, () =>
      checkRouterSettings(new Namespace(client, 'kubernetes'), place.settings.router),
    ),
    examine('keeper', limits, () => checkKeeper(new Namespace(client, 'kubernetes'))),
    examine('objects', limits, () => checkDrift(new Namespace(client, 'kubernetes'), cluster)),
    examine('secrets', limits, () => checkSecrets(new Namespace(client, 'kubernetes'))),
    examine('context', limits, () => checkContext(new Namespace(client, 'kubernetes'))),
  ]);
  return [ok('cluster', where), ...checkClock(reached.value), ...rest.flat()];
}

/** Without a registry, images are loaded into the nodes of a cluster on this machine: one sees by asking whether that works. */
async function examineNodes({ place, cluster, limits, images }: Server): Promise<readonly Finding[]> {
  if (place.settings.registry !== undefined) return [];
  return examine('registry', limits, async () => {
    await images.find([{ app: 'fox-doctor', component: 'fox-doctor', sourceHash: '0'.repeat(64) }]);
    return [ok('registry', `none is named: images are loaded into the nodes of ${cluster.context}`)];
  });
}

function checkClock({ clockSkew }: ServerFacts): Finding[] {
  if (clockSkew === undefined) return [];
  const seconds = Math.round(Math.abs(clockSkew) / 1_000);
  if (Math.abs(clockSkew) <= tolerableSkew) return [ok('clock', "this machine's and the cluster's agree")];
  const side = clockSkew > 0 ? 'behind' : 'ahead of';
  const detail = `this machine's clock is ${seconds} s ${side} the cluster's`;
  return [
    warning('clock', detail, 'Set the clock, by NTP for example: certificates and histories depend on it.'),
  ];
}

async function checkNamespace(send: Transport, name: string, context: string): Promise<Finding> {
  const phase = await namespacePhase(send, name);
  if (phase === 'missing') {
    const there = context === 'in-cluster' ? '' : ` --context ${context}`;
    return problem(
      'namespace',
      `there is no namespace ${name}`,
      `\`kubectl create namespace ${name}${there}\``,
    );
  }
  if (phase === 'Terminating') {
    return problem(
      'namespace',
      `${name} is being deleted`,
      'Wait until it is gone and make it anew, or choose another: `-n`.',
    );
  }
  const note = phase === 'unknown' ? ' (these rights are not enough to see whether it exists)' : '';
  return ok('namespace', `${name}${note}`);
}

async function checkRights(client: ApiClient): Promise<Finding> {
  const wanted = rightsOf('deployer');
  const missing = await missingRights(client, wanted);
  if (missing.length === 0)
    return ok('rights', `all ${wanted.length} that a deploy needs in ${client.namespace}`);
  return problem(
    'rights',
    `${missing.length} of ${wanted.length} that a deploy needs are missing in ${client.namespace}`,
    '`fox doctor --role deployer > role.yaml`, for an administrator of the cluster to `kubectl apply -f role.yaml`.',
    rightLines(missing),
  );
}

/** Whoever may not look at routers is told of their rights, not of routers. */
async function checkVisibleRouters(client: ApiClient): Promise<Finding> {
  try {
    return await checkInstalledRouters(client);
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    return warning(
      'router',
      'these rights are not enough to look at it',
      'Look again once the rights are there.',
    );
  }
}
