// What fox finds of the routers of a namespace: alive, up to date with the releases, and of this version of fox.
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { ApiClient } from '../../cluster/api/api-client.ts';
import { installedRouter } from '../../cluster/routers/router-installation.ts';
import { type LiveRouter, liveRouters } from '../../cluster/routers/routers.ts';
import { objectName } from '../../core/labels.ts';
import { parseReleases } from '../../core/release.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Replaced by the version in package.json when fox is built. */
declare const FOX_VERSION: string;

const restart = '`fox cluster stop && fox cluster start`';

/** A deploy and a release end when all routers know of them: without any, nothing can be deployed. */
export async function checkInstalledRouters(client: ApiClient): Promise<Finding> {
  const [routers, epoch, installed] = await Promise.all([
    liveRouters(client),
    latestEpoch(client),
    installedRouter(client),
  ]);
  const pods = `See what its pods say: \`kubectl --namespace ${client.namespace} logs deployment/${objectName.router}\`.`;
  if (routers.length === 0 && installed !== undefined)
    return problem('router', 'it is installed, but none is alive', pods);
  if (routers.length === 0)
    return problem(
      'router',
      `there is none in namespace ${client.namespace}`,
      '`fox install` puts one there.',
    );
  const shortcoming = shortcomingOf(routers, epoch, {
    upgrade: '`fox install` upgrades them.',
    lookAt: pods,
  });
  if (shortcoming !== undefined) return shortcoming;
  const wanted = installed?.replicas ?? routers.length;
  if (routers.length < wanted)
    return warning('router', `only ${routers.length} of ${wanted} are alive`, pods);
  return inOrder(routers);
}

/** The router of the embedded cluster, which runs. */
export async function checkEmbeddedRouter(client: ApiClient): Promise<Finding> {
  const [routers, epoch] = await Promise.all([liveRouters(client), latestEpoch(client)]);
  if (routers.length === 0) return problem('router', 'that of the embedded cluster is not alive', restart);
  const mend = { upgrade: restart, lookAt: `If that stays so: ${restart}.` };
  return shortcomingOf(routers, epoch, mend) ?? inOrder(routers);
}

/** The last change that routers must know of. */
async function latestEpoch(client: ApiClient): Promise<number> {
  const releases = await client.get<V1ConfigMap>('configmaps', objectName.releases);
  return parseReleases(releases?.data).epoch;
}

/** What to do about routers of another fox, and about those that lag behind. */
interface Mending {
  readonly upgrade: string;
  readonly lookAt: string;
}

function shortcomingOf(
  routers: readonly LiveRouter[],
  epoch: number,
  { upgrade, lookAt }: Mending,
): Finding | undefined {
  const count = `${routers.length} alive`;
  const others = routers.filter(({ foxVersion }) => foxVersion !== undefined && foxVersion !== FOX_VERSION);
  const behind = routers.filter((router) => router.epoch < epoch);
  if (behind.length > 0) {
    const details = behind.map((router) => lagText(router, epoch));
    return warning('router', `${count}, ${behind.length} behind the latest change`, lookAt, details);
  }
  if (others.length === 0) return undefined;
  const details = others.map(({ name, foxVersion = '' }) => `${name} is of fox ${foxVersion}`);
  return warning(
    'router',
    `${count}, ${others.length} of another fox than this (${FOX_VERSION})`,
    upgrade,
    details,
  );
}

function lagText({ name, epoch, currentAt }: LiveRouter, latest: number): string {
  const since = currentAt === undefined ? '' : ` and has heard nothing new since ${currentAt}`;
  return `${name} serves ${epoch}${since}; the latest is ${latest}`;
}

function inOrder(routers: readonly LiveRouter[]): Finding {
  return ok('router', `${routers.length} alive, up to date`);
}
