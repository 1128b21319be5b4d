// Runs git: through simple-git for single answers, as a plain child where data streams.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { simpleGit } from 'simple-git';
import { FoxError } from '../core/errors.ts';

/**
 * Environment of every git that fox runs: nothing asks, nothing is locked for a look, paths mean what they say,
 * and variables of a surrounding hook (GIT_DIR, GIT_INDEX_FILE …) don't leak in.
 */
export function gitEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('GIT_'),
  );
  return {
    ...Object.fromEntries(inherited),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
    ...extra,
  };
}

/**
 * Standard output of one git command, whole.
 * @throws FoxError GIT_NOT_READY if git can't be run; else whatever simple-git throws for a failed command.
 */
export async function git(directory: string, args: readonly string[], extra: Record<string, string> = {}): Promise<string> {
  try {
    return await simpleGit({ baseDir: directory, trimmed: false, unsafe: unsafeEnvironment })
      .env(gitEnvironment(extra))
      .raw([...args]);
  } catch (cause) {
    throw isMissing(cause) ? gitMissing(cause) : cause;
  }
}

/** simple-git refuses variables by which others could make git run programs; these come from the user's own shell. */
const unsafeEnvironment = { allowUnsafeEditor: true, allowUnsafePager: true, allowUnsafeAskPass: true, allowUnsafeSshCommand: true } as const;

/** A git process whose input and output are streams. */
export function spawnGit(directory: string, args: readonly string[], extra: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  return spawn('git', args, { cwd: directory, env: gitEnvironment(extra), stdio: ['pipe', 'pipe', 'pipe'] });
}

/** The error for a machine without git. */
export function gitMissing(cause: unknown): FoxError {
  return new FoxError('GIT_NOT_READY', 'git is not installed, or not on PATH', {
    hints: ['Install git 2.36 or later.'],
    cause,
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && /ENOENT/.test(error.message);
}
