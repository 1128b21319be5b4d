// What fox finds of the keeper of a namespace: it matters where a virtual environment has a time to live.
import type { ApiClient } from '../../cluster/api/api-client.ts';
import { isStatus } from '../../cluster/api/api-error.ts';
import { installedKeeper } from '../../cluster/keeper/keeper-installation.ts';
import { liveKeeper } from '../../cluster/keeper/keeper-lease.ts';
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import { objectName } from '../../core/labels.ts';
import { isExpired } from '../../core/environments/time-to-live.ts';
import { outliving } from '../environments/known/outlived.ts';
import { type Finding, ok, warning } from './finding.ts';

/** Replaced by the version in package.json when fox is built. */
declare const FOX_VERSION: string;

/** Until an environment's end is late, in ms: others may be changing the namespace. */
const patience = 60_000;

const restart = '`fox cluster stop && fox cluster start` starts it anew.';

/** Nothing where no environment has a time to live, and none is installed. */
export async function checkKeeper(namespace: Namespace): Promise<Finding[]> {
  try {
    return await findKeeper(namespace, await namespace.observe());
  } catch (error) {
    // Rights and namespaces that are missing are other checks' matter.
    if (isStatus(error, 403) || isStatus(error, 404)) return [];
    throw error;
  }
}

async function findKeeper({ client, cluster }: Namespace, state: NamespaceState): Promise<Finding[]> {
  const mortal = mortalEnvironments(state);
  const isEmbedded = cluster === 'embedded';
  const [alive, installed] = await Promise.all([
    liveKeeper(client),
    isEmbedded ? undefined : installedKeeper(client),
  ]);
  if (alive === undefined) {
    if (mortal.length === 0 && (isEmbedded || installed === undefined)) return [];
    const fix = isEmbedded ? restart : installed === undefined ? install : logsOf(client);
    const detail = isEmbedded || installed !== undefined ? 'it is not alive' : 'none is installed';
    return [warning('keeper', `${detail}${consequence(mortal)}`, fix)];
  }
  if (alive.foxVersion !== FOX_VERSION) {
    const detail = `it is of fox ${alive.foxVersion}; this is ${FOX_VERSION}`;
    return [warning('keeper', detail, isEmbedded ? restart : '`fox install` upgrades it.')];
  }
  const [late, ...others] = lateEnvironments(state, client.now());
  if (late !== undefined) {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    const detail = `it is alive, and yet ${late}${more}, whose time is over, ${others.length === 0 ? 'is' : 'are'} still there`;
    return [warning('keeper', detail, isEmbedded ? restart : logsOf(client))];
  }
  const many = mortal.length === 1 ? 'one virtual environment' : `${mortal.length} virtual environments`;
  if (mortal.length === 0) return [ok('keeper', 'alive')];
  return [ok('keeper', `alive; it ends ${many} in time${waitingText(state, client.now())}`)];
}

/** One sentence where environments have a time to live that nobody ends; undefined if all is well. */
export async function missingKeeper(
  { client, cluster }: Namespace,
  state: NamespaceState,
): Promise<string | undefined> {
  const mortal = mortalEnvironments(state);
  if (mortal.length === 0 || (await liveKeeper(client)) !== undefined) return undefined;
  const way = cluster === 'embedded' ? restart : `${install} \`fox doctor\` says more.`;
  return `no keeper is alive${consequence(mortal)}: ${way}`;
}

const install = '`fox install` puts it there.';

function mortalEnvironments({ environments }: NamespaceState): string[] {
  return environments
    .filter(({ definition, isDefault }) => definition.expiresAt !== undefined && !isDefault)
    .map(({ definition }) => definition.name)
    .toSorted();
}

/**
 * Environments that a keeper would have ended by now: not those from which others inherit that go on.
 * @param now the server's clock, in ms since 1970.
 */
function lateEnvironments({ environments }: NamespaceState, now: number): string[] {
  const others = environments.filter(
    ({ definition, isDefault }) => isDefault || !isExpired(definition, now - patience),
  );
  const parents = new Map(environments.map(({ definition: { name, parent } }) => [name, parent]));
  const needed = new Set<string | undefined>();
  for (const { definition } of others) {
    for (let name: string | undefined = definition.name; name !== undefined && !needed.has(name);) {
      needed.add(name);
      name = parents.get(name);
    }
  }
  return [...parents.keys()].filter((name) => !needed.has(name)).toSorted();
}

/** An end that waits for others is none that is late. */
function waitingText(state: NamespaceState, now: number): string {
  const waiting = state.environments.flatMap(({ definition, isDefault }) => {
    if (isDefault || !isExpired(definition, now)) return [];
    const others = outliving(state, definition.name, now);
    return others.length === 0
      ? []
      : [`; ${definition.name}, whose time is over, waits for ${others.join(', ')}`];
  });
  return waiting.join('');
}

function consequence(mortal: readonly string[]): string {
  if (mortal.length === 0) return '';
  const [first = '', ...others] = mortal;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `, so ${first}${more} won't end when ${mortal.length === 1 ? 'its' : 'their'} time is over`;
}

function logsOf({ namespace }: ApiClient): string {
  return `See what its pods say: \`kubectl --namespace ${namespace} logs deployment/${objectName.keeper}\`.`;
}
