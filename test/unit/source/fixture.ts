// Real git repositories in fresh directories, apart from the user's own git configuration.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished, vi } from 'vitest';
import { Repository } from '../../../src/source/repository.ts';

// What the user has told git must neither help nor hinder a test; fox's own git processes inherit this.
process.env['GIT_CONFIG_GLOBAL'] = '/dev/null';
process.env['GIT_CONFIG_NOSYSTEM'] = '1';

// Each test runs git dozens of times; a busy machine may take its time for that.
vi.setConfig({ testTimeout: 30_000 });

/** In memory where that is possible: disks can be slow with thousands of small files. */
const temporary = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const author = {
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@localhost',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@localhost',
  // Submodules from a path, as in tests, are forbidden by default.
  GIT_ALLOW_PROTOCOL: 'file',
};

/** A file's content, a link's target, or an executable's content. */
export type Entry = string | Buffer | { readonly link: string } | { readonly executable: string };

/** Entries by path. */
export type Files = Readonly<Record<string, Entry>>;

/** A fresh directory without links in its path, removed after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(temporary, 'fox-test-')));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Output of the user's git in a directory. */
export async function run(directory: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, ...author };
  const { stdout } = await promisify(execFile)('git', args, {
    cwd: directory,
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trimEnd();
}

/** Writes files into a directory; what is there is replaced. */
export async function write(directory: string, files: Files): Promise<void> {
  for (const [path, entry] of Object.entries(files)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true }).catch(async () => {
      await rm(dirname(file));
      await mkdir(dirname(file));
    });
    await rm(file, { recursive: true, force: true });
    if (typeof entry === 'string' || Buffer.isBuffer(entry)) await writeFile(file, entry);
    else if ('link' in entry) await symlink(entry.link, file);
    else {
      await writeFile(file, entry.executable);
      await chmod(file, 0o755);
    }
  }
}

/** Writes files and commits everything; the commit's id. */
export async function commit(directory: string, files: Files = {}): Promise<string> {
  await write(directory, files);
  await run(directory, 'add', '--all', '--force');
  await run(directory, 'commit', '--quiet', '--allow-empty', '--message', 'change');
  return run(directory, 'rev-parse', 'HEAD');
}

/** A repository with the branch `main` and, unless `files` is undefined, a first commit. */
export async function repositoryWith(files?: Files, ...options: readonly string[]): Promise<string> {
  const directory = await temporaryDirectory();
  await run(directory, 'init', '--quiet', '--initial-branch=main', ...options);
  if (files !== undefined) await commit(directory, files);
  return directory;
}

/** An open repository, closed after the test. */
export async function open(directory: string): Promise<Repository> {
  const repository = await Repository.open(directory);
  onTestFinished(() => repository.close());
  return repository;
}

/** Sets environment variables of this process until the test ends. */
export function setEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    process.env[name] = value;
    onTestFinished(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

/** Puts a script named `git` first on PATH until the test ends. `$GIT` in it is the real one. */
export async function replaceGit(script: string): Promise<string> {
  const directory = await temporaryDirectory();
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v git']);
  await write(directory, { git: { executable: `#!/bin/sh\nGIT='${stdout.trim()}'\n${script}\n` } });
  setEnvironment({ PATH: `${directory}:${process.env['PATH'] ?? ''}` });
  return directory;
}
