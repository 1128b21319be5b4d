// Starts the daemon in the background, or joins one that somebody else starts, and waits until it answers.
import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { FoxError } from '../../core/errors.ts';
import { pause } from '../runtime/pause.ts';
import { isAlive } from '../runtime/process-identity.ts';
import { type ClusterFile, readClusterFile } from './cluster-file.ts';
import { logMessage } from './daemon-log.ts';
import { daemonLogPath } from './daemon-log-path.ts';
import { daemonExit } from './exit-codes.ts';
import { spawnDaemon, type StartedDaemon, type StartOptions } from './spawn-daemon.ts';

const times = { poll: 25, respawn: 250, answer: 2000, timeout: 30_000 } as const;
const shownLines = 15;
const shownBytes = 16 * 1024;

/** @throws FoxError CLUSTER_START_FAILED, PORT_TAKEN; the signal's reason when it aborts. */
export async function startCluster(options: StartOptions): Promise<ClusterFile> {
  const { home, signal, timeoutMs = times.timeout } = options;
  const deadline = Date.now() + timeoutMs;
  const logStart = logSize(home);
  let daemon: StartedDaemon | undefined;
  let nextSpawn = 0;
  while (Date.now() < deadline) {
    signal?.throwIfAborted();
    const file = readClusterFile(home);
    if (file !== undefined && isAlive(file.process)) {
      if (await answers(file)) {
        // One that lost the race and hasn't noticed yet must not come to life when this cluster is stopped.
        if (daemon !== undefined && daemon.pid !== file.process.pid) daemon.end();
        return file;
      }
    } else if (daemon === undefined && Date.now() >= nextSpawn) {
      daemon = spawnDaemon(options);
    }
    if (daemon?.exitCode !== undefined) {
      if (daemon.exitCode !== daemonExit.alreadyRuns) throw startFailure(home, daemon.exitCode, logStart);
      // Somebody else's is starting, or about to end: wait for it, and look again.
      daemon = undefined;
      nextSpawn = Date.now() + times.respawn;
    }
    await pause(times.poll, signal);
  }
  throw new FoxError(
    'CLUSTER_START_FAILED',
    `the embedded cluster didn't answer within ${timeoutMs / 1000} s`,
    {
      hints: ['`fox cluster stop` ends what hangs; then try again.', `Its log is ${daemonLogPath(home)}.`],
      details: logEnd(home, logStart),
    },
  );
}

function startFailure(home: string, exitCode: number, logStart: number): FoxError {
  const lines = logEnd(home, logStart);
  const last = logMessage(lines.at(-1) ?? '');
  if (exitCode === daemonExit.portTaken) {
    return new FoxError('PORT_TAKEN', last, {
      hints: ['Choose another port, or leave it out to have a free one chosen.'],
    });
  }
  const why = exitCode === daemonExit.failed && last !== '' ? last : `it ended with exit code ${exitCode}`;
  return new FoxError('CLUSTER_START_FAILED', `the embedded cluster didn't start: ${why}`, {
    hints: [`Its log is ${daemonLogPath(home)}.`],
    details: lines,
  });
}

/** Resolves to whether the API says that it is ready. */
function answers({ server, token, authority }: ClusterFile): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request(new URL('/readyz', server), {
      agent: false,
      ca: authority,
      headers: { authorization: `Bearer ${token}` },
      timeout: times.answer,
    });
    outgoing.once('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error('timed out')));
    outgoing.once('error', () => resolve(false));
    outgoing.end();
  });
}

function logSize(home: string): number {
  return statSync(daemonLogPath(home), { throwIfNoEntry: false })?.size ?? 0;
}

/** The last lines that were written since the log had `start` bytes. */
function logEnd(home: string, start: number): string[] {
  let text: Buffer;
  try {
    text = readFileSync(daemonLogPath(home));
  } catch {
    return [];
  }
  // Shorter than before: it was begun anew.
  const fresh = text.subarray(text.length < start ? 0 : start);
  const lines = fresh.subarray(-shownBytes).toString().split('\n');
  return lines.filter((line) => line !== '').slice(-shownLines);
}
