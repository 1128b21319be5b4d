// Runs a program whose output is followed line by line; whatever it starts ends with it.
import { constants } from 'node:os';
import { execa } from 'execa';
import { hasCode } from '../core/file-system-error.ts';
import { outputLines } from './output-lines.ts';

/** What to run, where, and who listens. */
export interface ChildProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
}

/** How it has ended; without exit code and signal it never began. */
export interface ChildOutcome {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
  readonly cause?: unknown;
  /** The last lines that it has written. */
  readonly tail: readonly string[];
}

/** Lines that a failure shows. */
const shownLines = 20;

/** A cancelled program has this long to end by itself. Milliseconds. */
const killAfterMs = 3000;

/** What has left the process group may keep the output open; this long is waited for it. Milliseconds. */
const outputAfterExitMs = 2000;

/**
 * Resolves when the program has ended, however it did. On abort its whole process group is ended first.
 * @throws the signal's reason on abort.
 */
export async function runChild(program: ChildProgram): Promise<ChildOutcome> {
  const { file, args, directory, env, signal, onOutput } = program;
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
  const shell = ['-c', 'exec "$0" "$@" 2>&1', file, ...args];
  const child = execa('/bin/sh', shell, { ...options, ...streams, reject: false });
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
    const { exitCode, signal: endedBy, code, cause } = await child;
    lines.end();
    signal.throwIfAborted();
    return { exitCode, signal: endedBy, code, cause, tail };
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

/** How a program has ended, as the end of a sentence: `exited with code 1`. */
export function outcomeText({ exitCode, signal, code }: Omit<ChildOutcome, 'tail'>): string {
  if (signal !== undefined) return `was ended by ${signal}`;
  if (exitCode === undefined) return `couldn't be started${code === undefined ? '' : ` (${code})`}`;
  const name = Object.entries(constants.signals).find(([, number]) => exitCode === 128 + number)?.[0];
  return `exited with code ${exitCode}${name === undefined ? '' : ` (a process in it was ended by ${name})`}`;
}
