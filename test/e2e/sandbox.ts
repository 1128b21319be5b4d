// A directory of its own for a story: runs the built fox in it, and ends its cluster when the story is over.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program. */
export const program = fileURLToPath(new URL('../../bin/fox.js', import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Environment of a person who has set nothing. */
export const plainEnvironment: Record<string, string> = {
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? tmpdir(),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'test',
  GIT_AUTHOR_EMAIL: 'test@localhost',
  GIT_COMMITTER_NAME: 'test',
  GIT_COMMITTER_EMAIL: 'test@localhost',
};

/** A place to run commands in. */
export class Sandbox {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<Sandbox> {
    return new Sandbox(await mkdtemp(join(tmpdir(), 'fox-e2e-')));
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  async write(path: string, text: string): Promise<void> {
    await writeFile(this.path(path), text);
  }

  /** Runs a program; its exit code is part of the answer. */
  async run(
    file: string,
    args: readonly string[],
    { cwd = '.', env = {} }: { cwd?: string; env?: Record<string, string> } = {},
  ): Promise<Ended> {
    return new Promise((resolve) => {
      const options = {
        cwd: this.path(cwd),
        env: { ...plainEnvironment, ...env },
        maxBuffer: 64 * 1024 * 1024,
      };
      const child = execFile(file, args, options, (error, stdout, stderr) => {
        resolve({
          code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
          stdout,
          stderr,
        });
      });
      child.stdin?.end();
    });
  }

  /** Runs fox. */
  async fox(args: string, options: { cwd?: string; env?: Record<string, string> } = {}): Promise<Ended> {
    return this.run(process.execPath, [program, ...args.split(' ')], options);
  }

  /** Runs fox, which must succeed, with `-o json`. */
  async json<T>(args: string, options: { cwd?: string } = {}): Promise<T> {
    const ended = await this.fox(`${args} -o json`, options);
    if (ended.code !== 0) throw new Error(`fox ${args} ended with ${ended.code}: ${ended.stderr}`);
    return JSON.parse(ended.stdout) as T;
  }

  /** Runs git, which must succeed. */
  async git(args: readonly string[], cwd = '.'): Promise<string> {
    const ended = await this.run('git', args, { cwd });
    if (ended.code !== 0) throw new Error(`git ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
    return ended.stdout;
  }

  /** Ends the clusters of these directories and removes everything. */
  async remove(...repositories: string[]): Promise<void> {
    for (const cwd of repositories) await this.fox('cluster stop --quiet', { cwd });
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Whether a program is on PATH; prints why tests are skipped if it isn't. */
export async function hasProgram(name: string): Promise<boolean> {
  const ended = await new Promise<boolean>((resolve) => {
    execFile('sh', ['-c', `command -v ${name}`], (error) => resolve(error === null));
  });
  if (!ended) process.stderr.write(`${name} is not installed: tests that need it are skipped\n`);
  return ended;
}

/** Asks until the answer is what is wanted; for things that happen in their own time. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
  timeout = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
