// Stops a daemon: gently, then not; and cleans up after one that couldn't do so itself.
import { existsSync } from 'node:fs';
import { FoxError } from '../../core/errors.ts';
import { startControllers } from '../controllers/start-controllers.ts';
import { pause } from '../runtime/pause.ts';
import { isAlive, type ProcessIdentity } from '../runtime/process-identity.ts';
import { recoverPods } from '../runtime/recover-pods.ts';
import { signalProcess } from '../runtime/signals.ts';
import { openStore } from '../store/lmdb-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { storeDirectory } from '../store/store-directory.ts';
import { claim, readOwner, release } from './claim.ts';
import { readClusterFile, removeClusterFile } from './cluster-file.ts';
import { endOrphanedPrograms } from './program-supervisor.ts';

const times = { gentle: 15_000, forced: 5000, poll: 20 } as const;

/** Resolves to whether a daemon ran. @throws FoxError CLUSTER_ERROR when it can't be ended, FILE_SYSTEM. */
export async function stopCluster(home: string): Promise<boolean> {
  if (!existsSync(storeDirectory(home))) return false;
  const daemon = findDaemon(home);
  if (daemon !== undefined) await endDaemon(daemon);
  await settle(home);
  return daemon !== undefined;
}

/** The running daemon: also one that is just starting or stopping, of which only the claim tells. */
function findDaemon(home: string): ProcessIdentity | undefined {
  const announced = readClusterFile(home)?.process;
  if (announced !== undefined && isAlive(announced)) return announced;
  const store = openStore(storeDirectory(home), { readOnly: true });
  try {
    return readOwner(store.records);
  } finally {
    void store.close();
  }
}

async function endDaemon(daemon: ProcessIdentity): Promise<void> {
  for (const [signal, patience] of [
    ['SIGTERM', times.gentle],
    ['SIGKILL', times.forced],
  ] as const) {
    if (isAlive(daemon)) signalProcess(daemon.pid, signal);
    const deadline = Date.now() + patience;
    while (isAlive(daemon) && Date.now() < deadline) await pause(times.poll);
    if (!isAlive(daemon)) return;
  }
  throw new FoxError('CLUSTER_ERROR', `the embedded cluster's process ${daemon.pid} doesn't end`, {
    hints: [`End it with \`kill -9 ${daemon.pid}\`.`],
  });
}

/** Ends what a dead daemon left and corrects what its objects claim, unless somebody has started another one. */
async function settle(home: string): Promise<void> {
  const store = openStore(storeDirectory(home));
  try {
    if ((await claim(store.records)) !== undefined) return;
    await removeClusterFile(home);
    await endOrphanedPrograms(store.records);
    await recoverPods(store);
    await correctDeployments(store);
    await release(store.records);
  } finally {
    await store.close();
  }
}

/** Lets every Deployment tell of its pods once more. */
async function correctDeployments(store: ObjectStore): Promise<void> {
  const failures: unknown[] = [];
  const stop = await startControllers(store, (error) => failures.push(error));
  await stop();
  if (failures.length > 0) throw failures[0];
}
