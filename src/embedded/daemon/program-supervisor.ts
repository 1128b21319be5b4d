// Keeps a program, the router or the keeper, running beside the daemon, and ends it with the daemon.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { pause, settlesBefore } from '../runtime/pause.ts';
import { identify, isAlive, type ProcessIdentity } from '../runtime/process-identity.ts';
import { signalProcess } from '../runtime/signals.ts';
import type { RecordTable } from '../store/object-store.ts';
import { rotateLog, turnOverLog } from './daemon-log.ts';

/** What runs beside the daemon. */
export const programNames = ['router', 'keeper'] as const;
export type ProgramName = (typeof programNames)[number];

/** How a program is started. */
export interface ProgramOptions {
  readonly name: ProgramName;
  /** Its path. */
  readonly program: string;
  /** Options of Node. */
  readonly nodeOptions: readonly string[];
  readonly args: readonly string[];
  /** File for its output. */
  readonly log: string;
  readonly records: RecordTable;
  readonly report: (message: string) => void;
}

/** Milliseconds. */
const times = {
  firstRetry: 200,
  longestRetry: 5000,
  forgivenAfter: 10_000,
  grace: 5000,
  poll: 20,
  turnOver: 2000,
} as const;

/** Runs a program, again and again, until {@link stop}. */
export class ProgramSupervisor {
  readonly #options: ProgramOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #isTurningOver = false;

  constructor(options: ProgramOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Ends the program: gently, then not. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let retry: number = times.firstRetry;
    while (!this.#stopping.signal.aborted) {
      const startedAt = Date.now();
      // A disk that is full, or a log that can't be opened, must not end the daemon: it is tried again.
      const how = await this.#runOnce().catch(beforeItBegan);
      if (this.#stopping.signal.aborted) return;
      if (Date.now() - startedAt >= times.forgivenAfter) retry = times.firstRetry;
      this.#options.report(`the ${this.#options.name} ended ${how}; starting it again in ${retry} ms`);
      await pause(retry, this.#stopping.signal);
      retry = Math.min(retry * 2, times.longestRetry);
    }
  }

  /** Keeps its log from growing without end: a line per request makes it long in hours. */
  async #turnOver(): Promise<void> {
    if (this.#isTurningOver) return;
    const { name, log, report } = this.#options;
    this.#isTurningOver = true;
    try {
      await turnOverLog(log);
    } catch (error) {
      report(`the ${name}'s log can't be turned over: ${String(error)}`);
    }
    this.#isTurningOver = false;
  }

  /** Resolves to how it ended, in words. */
  async #runOnce(): Promise<string> {
    const { name, program, nodeOptions, args, log, records } = this.#options;
    rotateLog(log);
    const output = openSync(log, 'a', 0o600);
    // It ends when its input does: so it can't outlive the daemon, however that ends.
    const child = spawn(process.execPath, [...nodeOptions, program, ...args], {
      stdio: ['pipe', output, output],
    });
    closeSync(output);
    child.stdin?.on('error', () => undefined);
    const ended = endOf(child);
    try {
      const identity = child.pid === undefined ? undefined : identify(child.pid);
      await records.update<ProcessIdentity, void>(name, () => ({ value: identity, result: undefined }));
    } catch (error) {
      this.#options.report(`the ${name}'s process can't be recorded: ${String(error)}`);
    }
    const turningOver = setInterval(() => void this.#turnOver(), times.turnOver).unref();
    void ended.then(() => clearInterval(turningOver));
    if (await settlesBefore(ended, this.#stopping.signal)) return ended;
    child.kill('SIGTERM');
    if (!(await settlesBefore(ended, AbortSignal.timeout(times.grace)))) child.kill('SIGKILL');
    await ended;
    await records.update(name, () => ({ value: undefined, result: undefined }));
    return ended;
  }
}

/** Ends what a dead daemon may have left. */
export async function endOrphanedPrograms(records: RecordTable): Promise<void> {
  await Promise.all(programNames.map(async (name) => endOrphan(records, name)));
}

async function endOrphan(records: RecordTable, name: ProgramName): Promise<void> {
  const identity = records.get<ProcessIdentity>(name);
  if (identity === undefined) return;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isAlive(identity)) break;
    signalProcess(identity.pid, signal);
    const patience = Date.now() + times.grace;
    while (isAlive(identity) && Date.now() < patience) await pause(times.poll);
  }
  await records.update(name, () => ({ value: undefined, result: undefined }));
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return signal === null ? `with exit code ${code}` : `by ${signal}`;
  } catch (error) {
    return beforeItBegan(error);
  }
}

function beforeItBegan(error: unknown): string {
  return `before it began: ${String(error)}`;
}
