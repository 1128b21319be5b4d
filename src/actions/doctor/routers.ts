// What fox finds of the routers of a namespace: alive, up to date with the releases, and of this version of fox.
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { ApiClient } from '../../cluster/api-client.ts';
import { type LiveRouter, liveRouters } from '../../cluster/routers.ts';
import { objectName } from '../../core/labels.ts';
import { parseReleases } from '../../core/release.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Replaced by the version in package.json when fox is built. */
declare const FOX_VERSION: string;

/** Name of the Deployment that `fox install` makes. */
const routerDeployment = 'fox-router';

/** How a router comes to a cluster. */
export interface RouterOrigin {
  /** By `fox install`; else it belongs to the embedded cluster. */
  readonly install: boolean;
}

/** A deploy and a release end when all routers know of them: none at all, and nothing can be deployed. */
export async function checkRouters(client: ApiClient, { install }: RouterOrigin): Promise<Finding[]> {
  const [routers, releases] = await Promise.all([
    liveRouters(client),
    client.get<V1ConfigMap>('configmaps', objectName.releases),
  ]);
  const upgrade = install ? '`fox install` upgrades it.' : '`fox cluster stop && fox cluster start`';
  if (routers.length === 0) return [await noRouter(client, install)];
  const { epoch } = parseReleases(releases?.data);
  const others = routers.filter(({ foxVersion }) => foxVersion !== undefined && foxVersion !== FOX_VERSION);
  const behind = routers.filter((router) => router.epoch < epoch);
  const detail = `${routers.length} alive`;
  if (others.length > 0) {
    return [
      warning(
        'router',
        `${detail}; ${list(others)} of another fox than this (${FOX_VERSION})`,
        upgrade,
        others.map(versionText),
      ),
    ];
  }
  if (behind.length > 0) {
    const details = behind.map((router) => `${router.name} serves ${router.epoch}, the latest is ${epoch}`);
    return [
      warning(
        'router',
        `${detail}; ${list(behind)} behind the latest change`,
        lookAgain(client, install),
        details,
      ),
    ];
  }
  return [ok('router', `${detail}, up to date`)];
}

async function noRouter(client: ApiClient, install: boolean): Promise<Finding> {
  if (!install) {
    return problem(
      'router',
      'the router of the embedded cluster is not alive',
      '`fox cluster stop && fox cluster start`',
    );
  }
  const deployment = await client.get('deployments', routerDeployment);
  if (deployment === undefined) {
    return problem(
      'router',
      `there is none in namespace ${client.namespace}`,
      '`fox install` puts one there.',
    );
  }
  return problem('router', 'it is installed, but none is alive', lookAgain(client, install));
}

function lookAgain({ namespace }: ApiClient, install: boolean): string {
  if (!install) return 'If that stays so: `fox cluster stop && fox cluster start`.';
  return `See what its pods say: \`kubectl --namespace ${namespace} logs deployment/${routerDeployment}\`.`;
}

function list(routers: readonly LiveRouter[]): string {
  return routers.length === 1 ? 'one is' : `${routers.length} are`;
}

function versionText({ name, foxVersion = '' }: LiveRouter): string {
  return `${name} is of fox ${foxVersion}`;
}
