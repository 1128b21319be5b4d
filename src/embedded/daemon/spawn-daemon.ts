// Starts the daemon's process in the background, cut loose from the one that starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { resolve as absolute } from 'node:path';
import { FoxError } from '../../core/errors.ts';
import { podUidVariable } from '../runtime/marked-processes.ts';
import { daemonLogPath } from './daemon-log-path.ts';
import { daemonExit } from './exit-codes.ts';

/** What a cluster is started with. */
export interface StartOptions {
  /** `<FOX_HOME>/cluster`. */
  readonly home: string;
  /** Directory of the OCI image layout. */
  readonly images: string;
  /** Path of the daemon's program. */
  readonly program: string;
  /** Path of the router's program. */
  readonly router: string;
  /** Path of the keeper's program; absent: none runs. */
  readonly keeper?: string;
  /** Port of the API; absent: the one of the last time, or a free one. */
  readonly port?: number;
  /** Port of the router's edge; likewise. */
  readonly edgePort?: number;
  /** Environment of the daemon, from which pods get PATH, HOME, TMPDIR and LANG; absent: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A daemon that this process started. */
export interface StartedDaemon {
  readonly pid: number | undefined;
  readonly end: () => void;
  /** Absent while it runs. */
  exitCode?: number;
}

/** Starts a daemon in the background. @throws FoxError CLUSTER_START_FAILED when it can't even be tried. */
export function spawnDaemon({
  home,
  images,
  program,
  router,
  keeper,
  port,
  edgePort,
  env = process.env,
}: StartOptions): StartedDaemon {
  if (!existsSync(program)) {
    throw new FoxError('CLUSTER_START_FAILED', `fox's own file ${program} is missing`, {
      hints: ['Install fox again; in a checkout, `npm run build`.'],
    });
  }
  // What is inherited would end the daemon if fox runs in a pod of another one's.
  const { [podUidVariable]: _mark, ...environment } = env;
  // The daemon's directory is another one than the caller's.
  const args = ['--home', absolute(home), '--images', absolute(images), '--router', absolute(router)];
  if (keeper !== undefined) args.push('--keeper', absolute(keeper));
  if (port !== undefined) args.push('--port', String(port));
  if (edgePort !== undefined) args.push('--edge-port', String(edgePort));
  const log = openLog(home);
  const child = spawn(process.execPath, [absolute(program), ...args], {
    // Not the caller's directory, which may be removed.
    cwd: home,
    detached: true,
    env: environment,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  return watchExit(child);
}

function watchExit(child: ChildProcess): StartedDaemon {
  const started: StartedDaemon = { pid: child.pid, end: () => void child.kill('SIGTERM') };
  child.once('exit', (code) => {
    started.exitCode = code ?? daemonExit.bug;
  });
  child.once('error', () => {
    started.exitCode = daemonExit.failed;
  });
  return started;
}

/** What Node itself has to say, when it can't even run the program, goes to the log, too. */
function openLog(home: string): number {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    return openSync(daemonLogPath(home), 'a', 0o600);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FoxError('CLUSTER_START_FAILED', `the embedded cluster can't write its log: ${why}`, { cause });
  }
}
