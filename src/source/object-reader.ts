// One `git cat-file --batch-command` process that answers all questions about objects of a repository.
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { FoxError } from '../core/errors.ts';
import { gitMissing, spawnGit } from './git.ts';

/** An object that a name resolves to. */
export interface GitObject {
  readonly id: string;
  readonly type: 'blob' | 'tree' | 'commit' | 'tag';
  /** Size in bytes. */
  readonly size: number;
}

/** An object with its content. */
export interface GitContent extends GitObject {
  readonly content: Buffer;
}

interface Question {
  readonly withContent: boolean;
  resolve(answer: GitContent | undefined): void;
  reject(error: unknown): void;
}

/** Reads objects by name (`HEAD^{commit}`, `<commit>:<path>`), any number of them by one process, answered in order. */
export class ObjectReader {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #questions: Question[] = [];
  #received: Buffer[] = [];
  #length = 0;
  /** Bytes that are needed before it is worth looking again. */
  #needed = 1;
  #errors = '';

  constructor(directory: string) {
    this.#process = spawnGit(directory, ['cat-file', '--batch-command']);
    this.#process.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#process.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    // A process that dies while it is written to is reported by its exit.
    this.#process.stdin.on('error', () => undefined);
    this.#process.on('error', (error) => this.#fail(gitMissing(error)));
    this.#process.on('close', () => this.#fail(this.#died()));
  }

  /** What `name` resolves to; undefined if it doesn't exist. */
  async info(name: string): Promise<GitObject | undefined> {
    return this.#ask(`info ${name}\n`, false);
  }

  /** The same with its content. */
  async contents(name: string): Promise<GitContent | undefined> {
    return this.#ask(`contents ${name}\n`, true);
  }

  /** Ends the process. Questions that are still open fail. */
  close(): void {
    this.#process.stdin.end();
  }

  #ask(command: string, withContent: boolean): Promise<GitContent | undefined> {
    return new Promise((resolve, reject) => {
      this.#questions.push({ withContent, resolve, reject });
      this.#process.stdin.write(command);
    });
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return;
    let data = Buffer.concat(this.#received);
    for (let used = this.#answer(data); used > 0; used = this.#answer(data)) data = data.subarray(used);
    this.#received = [data];
    this.#length = data.length;
  }

  /** Answers the oldest question from the beginning of `data`; the number of bytes used, 0 if some are missing. */
  #answer(data: Buffer): number {
    const question = this.#questions[0];
    const end = data.indexOf(0x0a);
    this.#needed = data.length + 1;
    if (question === undefined || end < 0) return 0;
    const header = parseHeader(data.toString('utf8', 0, end));
    if (header === undefined || !question.withContent) {
      this.#questions.shift();
      question.resolve(header === undefined ? undefined : { ...header, content: Buffer.alloc(0) });
      return end + 1;
    }
    const total = end + 1 + header.size + 1;
    if (data.length < total) {
      this.#needed = total;
      return 0;
    }
    this.#questions.shift();
    question.resolve({ ...header, content: Buffer.from(data.subarray(end + 1, total - 1)) });
    return total;
  }

  #fail(error: unknown): void {
    for (const question of this.#questions.splice(0)) question.reject(error);
  }

  #died(): FoxError {
    const tooOld = /batch-command/.test(this.#errors);
    return new FoxError('GIT_NOT_READY', tooOld ? 'this git is too old' : 'git ended unexpectedly', {
      details: this.#errors.trim().split('\n').slice(0, 5),
      hints: ['fox needs git 2.36 or later; `git --version` shows yours.'],
    });
  }
}

/** `<id> <type> <size>`; anything else (`<name> missing`, `… ambiguous`, `<id> submodule`) is no object. */
function parseHeader(line: string): GitObject | undefined {
  const match = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) (\d+)$/.exec(line);
  if (match === null) return undefined;
  const [, id = '', type = '', size = ''] = match;
  return { id, type: type as GitObject['type'], size: Number(size) };
}
