// What fox finds of the embedded cluster: whether it runs, answers and routes, and what went wrong in it last. Never starts it.
import { readFile } from 'node:fs/promises';
import { ApiClient } from '../../cluster/api/api-client.ts';
import { readConnection } from '../../cluster/connection/embedded-kubeconfig.ts';
import { Namespace } from '../../cluster/namespace.ts';
import { serverFacts } from '../../cluster/server-facts.ts';
import { openTransport } from '../../cluster/api/transport.ts';
import type { PlaceSettings } from '../../config/config.ts';
import { hasCode } from '../../core/file-system-error.ts';
import { type ClusterInfo, readCluster } from '../../embedded/daemon/cluster.ts';
import { daemonLogPath } from '../../embedded/daemon/daemon-log-path.ts';
import { attempt, examine, type Finding, type Limits, ok, warning } from './finding.ts';
import { checkContext } from './context.ts';
import { checkDrift } from './drift.ts';
import { checkKeeper } from './keeper.ts';
import { checkRouterSettings } from './router-settings.ts';
import { checkEmbeddedRouter } from './routers.ts';
import { checkSecrets } from './secrets.ts';

/** Replaced by the version in package.json when fox is built. */
declare const FOX_VERSION: string;

/** @param home `<FOX_HOME>/cluster`. @param why how it was chosen. */
export async function examineEmbedded(
  home: string,
  why: string,
  limits: Limits,
  settings: PlaceSettings,
): Promise<readonly Finding[]> {
  const info = readCluster(home);
  const where = `embedded, ${why}`;
  if (info.state === 'running') return examineRunning(home, info, where, limits, settings);
  const last = await lastError(home);
  if (info.state === 'stale' || last !== undefined) {
    return [
      warning(
        'cluster',
        `${where}: it ended without being asked to`,
        'The next command that needs it starts it anew, with all that it had.',
        last === undefined ? [] : [`${daemonLogPath(home)}: ${last}`],
      ),
    ];
  }
  return [ok('cluster', `${where}: doesn't run; the first command that needs it starts it`)];
}

async function examineRunning(
  home: string,
  info: ClusterInfo,
  where: string,
  limits: Limits,
  { router }: PlaceSettings,
): Promise<readonly Finding[]> {
  const opened = await attempt('cluster', limits, () => readConnection(info.kubeconfig));
  if (opened.value === undefined) return opened.findings;
  const transport = openTransport(opened.value);
  try {
    const reached = await attempt('cluster', limits, () => serverFacts(transport.send));
    if (reached.value === undefined) return reached.findings;
    const client = new ApiClient(transport.send, 'default');
    const routers = await examine('router', limits, async () => [await checkEmbeddedRouter(client)]);
    const settings = await examine('router settings', limits, () =>
      checkRouterSettings(new Namespace(client), router),
    );
    const keeper = await examine('keeper', limits, () => checkKeeper(new Namespace(client)));
    const drift = await examine('objects', limits, () => checkDrift(new Namespace(client), undefined));
    const secrets = await examine('secrets', limits, () => checkSecrets(new Namespace(client)));
    const contexts = await examine('context', limits, () => checkContext(new Namespace(client)));
    const cluster = running(info, where, await lastError(home), home);
    return [cluster, ...routers, ...settings, ...keeper, ...drift, ...secrets, ...contexts];
  } finally {
    transport.close();
  }
}

function running(info: ClusterInfo, where: string, last: string | undefined, home: string): Finding {
  const detail = `${where}: runs at ${info.edge}`;
  if (info.version !== FOX_VERSION) {
    const fix = '`fox cluster stop`; the next command that needs it starts it with this one.';
    return warning('cluster', `${detail}, started by fox ${info.version}; this is ${FOX_VERSION}`, fix);
  }
  if (last === undefined) return ok('cluster', detail);
  const file = daemonLogPath(home);
  return warning('cluster', `${detail}; something went wrong in it`, `See ${file}.`, [last]);
}

/** The last error in the log since the cluster was started the last time, in one line; none after it stopped in order. */
async function lastError(home: string): Promise<string | undefined> {
  const text = await readFile(daemonLogPath(home), 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return '';
    throw error;
  });
  const lines = text.split('\n').filter((line) => entry.test(line));
  const start = lines.findLastIndex((line) => / (running: API|stopped)\b/.test(line));
  return lines.slice(start + 1).findLast((line) => /Z \w*Error\b/.test(line));
}

/** A line that begins a message, rather than one of its stack. */
const entry = /^\d{4}-\d\d-\d\dT[\d:.]+Z /;
