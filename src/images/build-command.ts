// Runs a component's build command in its scratch tree; whatever it starts ends with it.
import { constants } from 'node:os';
import { execa } from 'execa';
import { FoxError } from '../core/errors.ts';
import { hasCode } from '../core/file-system-error.ts';
import { outputLines } from './output-lines.ts';

/** What to run, where, and who listens. */
export interface BuildCommand {
  readonly component: string;
  /** For `sh -c`. */
  readonly command: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Lines that a failure shows. */
const shownLines = 20;

/** A cancelled build has this long to end by itself. Milliseconds. */
const killAfterMs = 3000;

/** What has left the process group may keep the output open; this long is waited for it. Milliseconds. */
const outputAfterExitMs = 2000;

/**
 * Resolves when the command has succeeded. On abort its whole process group is ended first.
 * @throws FoxError BUILD_FAILED with exit code or signal and the last lines; the signal's reason on abort.
 */
export async function runBuildCommand(build: BuildCommand): Promise<void> {
  const { command, directory, env, signal, onOutput } = build;
  signal.throwIfAborted();
  const tail: string[] = [];
  const lines = outputLines((line) => {
    tail.push(line);
    if (tail.length > shownLines) tail.shift();
    onOutput(line);
  });
  // A group of its own: the terminal's Ctrl-C reaches fox only, and fox ends all of it.
  const options = { cwd: directory, env, extendEnv: false, detached: true } as const;
  const streams = { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore', buffer: false } as const;
  // One pipe for both outputs keeps them in order.
  const shell = ['-c', 'exec sh -c "$0" 2>&1', command];
  const child = execa('sh', shell, { ...options, ...streams, reject: false });
  const group = processGroup(child.pid);
  const abort = () => group.end();
  signal.addEventListener('abort', abort, { once: true });
  let closing: NodeJS.Timeout | undefined;
  child.once('exit', () => {
    group.kill();
    closing = setTimeout(() => child.stdout.destroy(), outputAfterExitMs);
  });
  child.stdout.on('data', (chunk: Uint8Array) => lines.push(chunk));
  try {
    const result = await child;
    lines.end();
    signal.throwIfAborted();
    if (result.exitCode !== 0) throw failure(build, result, tail);
  } finally {
    clearTimeout(closing);
    signal.removeEventListener('abort', abort);
  }
}

interface ProcessGroup {
  /** Asks all of it to end, and kills what hasn't in time. */
  end(): void;
  /** Kills what is left once its leader has ended. */
  kill(): void;
}

function processGroup(leader: number | undefined): ProcessGroup {
  let killing: NodeJS.Timeout | undefined;
  const send = (signal: NodeJS.Signals) => {
    try {
      if (leader !== undefined) process.kill(-leader, signal);
    } catch (error) {
      // ESRCH: nobody is left. EPERM: macOS's word for a group of which only zombies are left.
      if (!hasCode(error, 'ESRCH', 'EPERM')) throw error;
    }
  };
  const kill = () => {
    // Never later than this: the number may belong to another group then.
    clearTimeout(killing);
    send('SIGKILL');
  };
  const end = () => {
    send('SIGTERM');
    killing = setTimeout(kill, killAfterMs);
  };
  return { end, kill };
}

/** How a command has ended; without exit code and signal it never began. */
interface Outcome {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

function failure(build: BuildCommand, result: Outcome, tail: readonly string[]): FoxError {
  const how = outcome(result);
  return new FoxError('BUILD_FAILED', `the build of ${build.component} failed: \`${build.command}\` ${how}`, {
    details: tail,
    hints: hints(result.exitCode),
    cause: result.exitCode === undefined && result.signal === undefined ? result.cause : undefined,
  });
}

function outcome({ exitCode, signal, code }: Outcome): string {
  if (signal !== undefined) return `was ended by ${signal}`;
  if (exitCode === undefined) return `couldn't be started${code === undefined ? '' : ` (${code})`}`;
  const name = Object.entries(constants.signals).find(([, number]) => exitCode === 128 + number)?.[0];
  return `exited with code ${exitCode}${name === undefined ? '' : ` (a process in it was ended by ${name})`}`;
}

function hints(exitCode: number | undefined): string[] {
  if (exitCode === 127)
    return ['A command in it was not found: install it, or correct `build.command` or PATH.'];
  if (exitCode === 126)
    return ['A command in it may not be executed: commit it with its executable bit set.'];
  if (exitCode === 137) return ['Often this means that memory ran out: build fewer components at once.'];
  return [
    "If a file is missing: the command sees only what is committed below the component's `path` and `shared` paths.",
  ];
}
