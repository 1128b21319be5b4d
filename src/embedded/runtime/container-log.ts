// The log of a container while its pod lives: lines are appended in order, bounded on disk, and told to those who follow.
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { listLogFiles, type LogFile, logFile } from './log-files.ts';

/** A file of a log ends at about this size. A run's current file and the one before are kept: its last 10 to 20 MB. */
const fileBytes = 10 * 1024 * 1024;
/** Beyond this, what waits for the disk makes the process wait. */
const waitingBytes = 1024 * 1024;
/** So much of the last output is kept at hand, to say why a process ended. */
const endingBytes = 2048;

/** How far a log has come. */
export interface LogPosition {
  /** Number of the current file; 0 before the first run. */
  readonly number: number;
  /** Bytes of the current file that may be read. */
  readonly size: number;
  /** The pod is gone: nothing more will come. */
  readonly closed: boolean;
}

/** Appends to the log of one container. */
export class ContainerLog {
  readonly dir: string;
  readonly #fileBytes: number;
  readonly #report: (error: unknown) => void;
  readonly #listeners = new Set<() => void>();
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #ending: Buffer = Buffer.alloc(0);
  #position: LogPosition = { number: 0, size: 0, closed: false };
  #file: LogFile | undefined;
  #handle: FileHandle | undefined;
  #writing: Promise<void> | undefined;
  #failed = false;

  /** @param report is told when lines begin to be lost because the disk refuses them. */
  constructor(dir: string, report: (error: unknown) => void, size: number = fileBytes) {
    this.dir = dir;
    this.#report = report;
    this.#fileBytes = size;
  }

  get position(): LogPosition {
    return this.#position;
  }

  /** The end of the current run's output: whole log lines. */
  get ending(): string {
    const text = this.#ending.toString();
    return this.#ending.length < endingBytes ? text : text.slice(text.indexOf('\n') + 1);
  }

  /** Begins the log of the next run and removes all but that of the run before. */
  async startRun(): Promise<void> {
    await this.#settled();
    await this.#handle?.close();
    this.#handle = undefined;
    this.#ending = Buffer.alloc(0);
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
    const files = await listLogFiles(this.dir);
    const last = files.at(-1);
    const file = logFile(this.dir, (last?.number ?? 0) + 1, (last?.run ?? 0) + 1);
    for (const old of files) if (old.run < file.run - 1) await rm(old.path, { force: true });
    // Made now: a run that prints nothing has a log of its own, too.
    this.#handle = await open(file.path, 'a', 0o600);
    this.#file = file;
    this.#move({ number: file.number, size: 0 });
  }

  /** Adds whole lines. Resolves when the caller may go on: at once, unless the disk lags behind. */
  async append(lines: Buffer): Promise<void> {
    if (this.#position.closed || lines.length === 0) return;
    this.#ending = Buffer.concat([this.#ending, lines]).subarray(-endingBytes);
    this.#waiting.push(lines);
    this.#waitingBytes += lines.length;
    this.#writing ??= this.#write();
    if (this.#waitingBytes > waitingBytes) await this.#writing;
  }

  /** Writes what is left and ends what follows it. */
  async close(): Promise<void> {
    await this.#settled();
    await this.#handle?.close();
    this.#handle = undefined;
    this.#move({ closed: true });
  }

  /** Calls `listener` after each change of {@link position}. Returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    // Lets the lines of one turn go out together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const bytes = Buffer.concat(this.#waiting);
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        await this.#writeOut(bytes);
        this.#failed = false;
      } catch (error) {
        // A full disk must not end the process that logs; its lines are lost, and that is said once.
        if (!this.#failed) this.#report(error);
        this.#failed = true;
      }
    }
    // In the turn in which nothing waited any more: later lines must start anew.
    this.#writing = undefined;
  }

  async #writeOut(bytes: Buffer): Promise<void> {
    if (this.#position.size >= this.#fileBytes) await this.#turnOver();
    if (this.#file === undefined) throw new Error('a log is written within a run');
    this.#handle ??= await open(this.#file.path, 'a', 0o600);
    for (let offset = 0; offset < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(bytes, offset);
      offset += bytesWritten;
      this.#move({ size: this.#position.size + bytesWritten });
    }
  }

  async #turnOver(): Promise<void> {
    const full = this.#file;
    if (full === undefined) return;
    await this.#handle?.close();
    this.#handle = undefined;
    for (const old of await listLogFiles(this.dir)) {
      if (old.run === full.run && old.number < full.number) await rm(old.path, { force: true });
    }
    this.#file = logFile(this.dir, full.number + 1, full.run);
    this.#move({ number: full.number + 1, size: 0 });
  }

  #move(change: Partial<LogPosition>): void {
    this.#position = { ...this.#position, ...change };
    for (const listener of this.#listeners) listener();
  }
}
