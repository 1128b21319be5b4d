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
  readonly name: string;
  readonly withContent: boolean;
  resolve(answer: GitContent | undefined): void;
  reject(error: unknown): void;
}

/** More of git's complaints than this is of no use to anybody. */
const maxErrorText = 4096;

/** Reads objects by name (`HEAD^{commit}`, `<commit>:<path>`), any number of them by one process, answered in order. */
export class ObjectReader {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #questions: Question[] = [];
  #received: Buffer[] = [];
  #length = 0;
  /** Bytes that are needed before it is worth looking again. */
  #needed = 1;
  #errors = '';
  /** Why there are no answers any more. */
  #ended: FoxError | undefined;

  constructor(directory: string) {
    this.#process = spawnGit(directory, ['cat-file', '--batch-command']);
    this.#process.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#process.stderr.on('data', (chunk: Buffer) => {
      if (this.#errors.length < maxErrorText) this.#errors += chunk.toString();
    });
    // A process that dies while it is written to is reported by its exit.
    this.#process.stdin.on('error', () => undefined);
    this.#process.on('error', (error) => this.#fail(gitMissing(error)));
    this.#process.on('close', () => this.#fail(this.#died()));
  }

  /**
   * What `name` resolves to; undefined if it doesn't exist.
   * @throws FoxError REF_NOT_FOUND if it is the beginning of several ids; GIT_NOT_READY if git is gone or too old.
   */
  async info(name: string): Promise<GitObject | undefined> {
    return this.#ask('info', name);
  }

  /** The same with its content. */
  async contents(name: string): Promise<GitContent | undefined> {
    return this.#ask('contents', name);
  }

  /** Ends the process after the questions that are still open. */
  close(): void {
    this.#process.stdin.end();
  }

  async #ask(command: 'info' | 'contents', name: string): Promise<GitContent | undefined> {
    // git takes a question per line, so there is no way to ask for such a name.
    if (/[\n\0]/.test(name)) return undefined;
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#questions.push({ name, withContent: command === 'contents', resolve, reject });
      return this.#process.stdin.write(`${command} ${name}\n`);
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
    const line = data.toString('utf8', 0, end);
    const header = parseHeader(line);
    const size = header !== undefined && question.withContent ? header.size + 1 : 0;
    if (data.length < end + 1 + size) {
      this.#needed = end + 1 + size;
      return 0;
    }
    this.#questions.shift();
    if (line.endsWith(' ambiguous')) question.reject(ambiguous(question.name));
    else if (header === undefined) question.resolve(undefined);
    // A copy: what was received around it must not be kept for its sake.
    else
      question.resolve({ ...header, content: Buffer.from(data.subarray(end + 1, end + Math.max(size, 1))) });
    return end + 1 + size;
  }

  #fail(error: FoxError): void {
    this.#ended ??= error;
    for (const question of this.#questions.splice(0)) question.reject(this.#ended);
  }

  #died(): FoxError {
    const tooOld = /batch-command/.test(this.#errors);
    const said = this.#errors.trim().split('\n').slice(0, 5);
    return new FoxError('GIT_NOT_READY', tooOld ? 'this git is too old' : 'git ended unexpectedly', {
      details: said.filter((line) => line !== ''),
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

function ambiguous(name: string): FoxError {
  return new FoxError('REF_NOT_FOUND', `"${name}" is the beginning of several ids`, {
    hints: ['Give more of its digits.'],
  });
}
