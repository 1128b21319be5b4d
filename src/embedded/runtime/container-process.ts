// One running process of a container, with all that it starts: its own process group, signalled and ended as a whole.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { signalGroup } from './signals.ts';

/** What to run. */
export interface ProcessRequest {
  /** Absolute path of the program. */
  readonly program: string;
  /** What the process sees as its own name. */
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How a process ended; `signal` is the signal's number. */
export interface ProcessEnd {
  readonly exitCode: number;
  readonly signal?: number;
}

/** A process that runs, or did. */
export interface ContainerProcess {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the process has ended, all that it started is ended and its output is read. */
  readonly ended: Promise<ProcessEnd>;
  /** Signals the whole group; does nothing once it has ended. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

/** Output that descendants hold open after the group's end isn't waited for any longer than this, in ms. */
const flushMilliseconds = 1000;

/** Starts a process; rejects with the system's error when it can't be. */
export async function startProcess({
  program,
  name,
  args,
  cwd,
  env,
}: ProcessRequest): Promise<ContainerProcess> {
  const child = spawn(program, args, {
    argv0: name,
    cwd,
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  const { pid, stdout, stderr } = child;
  if (pid === undefined) throw new Error('a started process has a pid');
  let running = true;
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = endOf(child).then(async (end) => {
    // In the same turn as the child is reaped: the group's number can't have been used again yet.
    signalGroup(pid, 'SIGKILL');
    running = false;
    await flush(child, closed);
    return end;
  });
  return {
    pid,
    stdout,
    stderr,
    ended,
    signal: (signal) => {
      if (running) signalGroup(pid, signal);
    },
  };
}

function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('exit', (code, name) => {
      const signal = name === null ? undefined : constants.signals[name];
      resolve(signal === undefined ? { exitCode: code ?? 0 } : { exitCode: 128 + signal, signal });
    });
  });
}

async function flush(child: ChildProcess, closed: Promise<void>): Promise<void> {
  const timer = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, flushMilliseconds);
  await closed;
  clearTimeout(timer);
}
