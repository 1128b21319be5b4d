// The embedded cluster as one process: store, API, controllers and process runtime, with router and keeper beside it; started and ended in order.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadCertificate } from '../api/certificate.ts';
import { startGarbageCollector } from '../api/garbage-collector.ts';
import { renderKubeconfig } from '../api/kubeconfig.ts';
import type { PodLogs } from '../api/pod-logs.ts';
import { startApiServer } from '../api/server.ts';
import { startControllers } from '../controllers/start-controllers.ts';
import { PortAllocator } from '../runtime/port-allocator.ts';
import { ProcessRuntime } from '../runtime/process-runtime.ts';
import { openStore } from '../store/lmdb-store.ts';
import type { ObjectStore, RecordTable } from '../store/object-store.ts';
import { storeDirectory } from '../store/store-directory.ts';
import { claim, ownIdentity, release } from './claim.ts';
import { type MovedPorts, removeClusterFile, withdrawClusterFile, writeClusterFile } from './cluster-file.ts';
import { type DaemonLog, rotateLog } from './daemon-log.ts';
import { daemonLogPath } from './daemon-log-path.ts';
import { writePrivateFile } from './private-file.ts';
import { type RememberedPort, rememberedPort } from './remembered-port.ts';
import { endOrphanedPrograms, type ProgramName, ProgramSupervisor } from './program-supervisor.ts';

/** What a daemon is started with. */
export interface DaemonOptions {
  /** `<FOX_HOME>/cluster`. */
  readonly home: string;
  /** Directory of the OCI image layout. */
  readonly images: string;
  /** Path of the router's program; none runs if it doesn't exist. */
  readonly router: string;
  /** Path of the keeper's program; likewise. */
  readonly keeper?: string;
  readonly port?: number;
  readonly edgePort?: number;
  /** fox's version. */
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: DaemonLog;
}

/** A daemon that runs. */
export interface Daemon {
  /** Ends everything in order; what the cluster holds stays. */
  readonly stop: () => Promise<void>;
}

/** How long a pod's first process waits for the router, and how long processes get to end with the daemon, in ms. */
const times = { callPorts: 10_000, podGrace: 5000 } as const;
const address = '127.0.0.1';
/** Keeps the router's memory small: what it allocates per request is short-lived, and there is little of it. */
const smallYoungSpace = ['--max-semi-space-size=8'];
/** The keeper has next to nothing to remember, until an environment ends: then it reads all versions, twice. */
const smallHeap = ['--max-semi-space-size=1', '--max-old-space-size=400'];

/** What the parts have in common while they are started. */
interface Boot extends DaemonOptions {
  readonly store: ObjectStore;
  readonly ports: PortAllocator;
  /** Notes how to end a part; the latest is ended first. */
  readonly onStop: (end: () => Promise<void>) => void;
}

/**
 * Starts the cluster of a home.
 * @returns undefined when another process runs it.
 * @throws FoxError PORT_TAKEN, FILE_SYSTEM.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon | undefined> {
  const { home, log } = options;
  const store = openStore(storeDirectory(home));
  const ends: (() => Promise<void>)[] = [() => store.close()];
  // One part that can't be ended must not keep the others.
  const stop = async () => {
    for (const end of ends.toReversed()) await end().catch(log.error);
  };
  try {
    if ((await claim(store.records)) !== undefined) {
      await stop();
      return undefined;
    }
    ends.push(() => release(store.records));
    rotateLog(daemonLogPath(home));
    await startParts({ ...options, store, ports: new PortAllocator(), onStop: (end) => void ends.push(end) });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function startParts(boot: Boot): Promise<void> {
  const { home, store, log, router, keeper, version } = boot;
  // Without their key no pod that needs one would start, and nobody would be told why.
  store.list('secrets');
  await removeClusterFile(home);
  await endOrphanedPrograms(store.records);
  // Before anything runs: a port that can't be had is the likeliest reason for not starting at all.
  const edge = await rememberedPort(store.records, boot.ports, 'edge', boot.edgePort);
  const api = await rememberedPort(store.records, boot.ports, 'api', boot.port);
  const hasRouter = existsSync(router);
  const logs = await startNode(boot, hasRouter ? times.callPorts : 0);
  const { url, access } = await startFront(boot, logs, api.port);
  if (hasRouter) startProgram(boot, 'router', router, smallYoungSpace, { edge: `${address}:${edge.port}` });
  else log.info(`there is no router at ${router}: nothing is routed`);
  if (keeper !== undefined && existsSync(keeper)) startProgram(boot, 'keeper', keeper, smallHeap, {});
  const moved = movedPorts(api, edge);
  for (const [what, { from, to }] of Object.entries(moved))
    log.info(`${what}: port ${from} is taken, now on ${to}`);
  const self = ownIdentity();
  await writeClusterFile(home, {
    process: self,
    startedAt: new Date().toISOString(),
    server: url,
    edge: `http://${address}:${edge.port}`,
    kubeconfig: kubeconfigPath(home),
    ...access,
    version,
    ...(Object.keys(moved).length === 0 ? {} : { moved }),
  });
  boot.onStop(() => withdrawClusterFile(home, self));
  log.info(`running: API ${url}, router http://${address}:${edge.port}`);
}

/** Starts what makes Deployments into Pods and Pods into processes. */
async function startNode(boot: Boot, callPortPatience: number): Promise<PodLogs> {
  const { store, log } = boot;
  const runtime = new ProcessRuntime({ ...boot, callPortPatience, report: log.error });
  const ended = await runtime.prepare();
  if (ended > 0) log.info(`ended ${ended} processes that an earlier daemon left behind`);
  // Before anybody can ask: no Deployment must claim pods that are only about to be started.
  boot.onStop(await startControllers(store, log.error));
  boot.onStop(startGarbageCollector(store, log.error));
  runtime.start();
  boot.onStop(() => runtime.stop(times.podGrace));
  return runtime.logs;
}

/** Starts the API and writes the kubeconfig. */
async function startFront(boot: Boot, logs: PodLogs, port: number) {
  const { home, store, version, log } = boot;
  const certificate = await loadCertificate(join(home, 'tls.pem'));
  const { authority } = certificate;
  const token = await loadToken(store.records);
  const onError = log.error;
  const server = await startApiServer({ store, logs, version, token, certificate, port, onError });
  boot.onStop(() => server.close());
  await writePrivateFile(kubeconfigPath(home), renderKubeconfig({ server: server.url, authority, token }));
  return { url: server.url, access: { token, authority } };
}

function startProgram(
  { home, store, log, onStop }: Boot,
  name: ProgramName,
  program: string,
  nodeOptions: readonly string[],
  more: Readonly<Record<string, string>>,
): void {
  const options = {
    kubeconfig: kubeconfigPath(home),
    namespace: 'default',
    id: 'embedded',
    ...more,
    mode: 'embedded',
  };
  const supervisor = new ProgramSupervisor({
    name,
    program,
    nodeOptions,
    args: Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]),
    log: join(home, `${name}.log`),
    records: store.records,
    report: log.info,
  });
  onStop(() => supervisor.stop());
}

/** What every request to the API must carry; made once. */
async function loadToken(records: RecordTable): Promise<string> {
  return records.update<string, string>('token', (known) => {
    const token = known ?? randomBytes(32).toString('base64url');
    return { value: token, result: token };
  });
}

function movedPorts(server: RememberedPort, edge: RememberedPort): MovedPorts {
  return { ...moveOf('server', server), ...moveOf('edge', edge) };
}

function moveOf(what: 'server' | 'edge', { port, movedFrom }: RememberedPort): MovedPorts {
  return movedFrom === undefined ? {} : { [what]: { from: movedFrom, to: port } };
}

function kubeconfigPath(home: string): string {
  return join(home, 'kubeconfig');
}
