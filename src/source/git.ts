// Runs git: through simple-git for single answers, as a plain child where data streams.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { FoxError } from '../core/errors.ts';
import { gitEnvironment } from './git-environment.ts';

/**
 * Standard output of one git command, whole.
 * @throws FoxError GIT_NOT_READY if git can't be run or ends with an error, with what it says.
 */
export async function git(
  directory: string,
  args: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const { simpleGit } = await import('simple-git');
    return await simpleGit({
      baseDir: directory,
      trimmed: false,
      unsafe: everythingAllowed,
      errors: failureOf,
    })
      .env(gitEnvironment(extra))
      .raw([...args]);
  } catch (cause) {
    throw gitFailed(directory, args, cause);
  }
}

/** The same for what every command asks: without simple-git, which takes longer to load than git to answer. */
export async function gitOutput(directory: string, args: readonly string[]): Promise<string> {
  // Node tells a missing directory like a missing git.
  if (!existsSync(directory)) throw gitFailed(directory, args, new Error('there is no such directory'));
  const child = spawnGit(directory, args);
  const exit = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  child.stdin.end();
  try {
    const [out, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    if (code !== 0) throw new Error(errors.trim());
    return out;
  } catch (cause) {
    throw gitFailed(directory, args, cause);
  }
}

function gitFailed(directory: string, args: readonly string[], cause: unknown): FoxError {
  if (isMissing(cause)) return gitMissing(cause);
  const said = cause instanceof Error ? cause.message.trim() : String(cause);
  return new FoxError('GIT_NOT_READY', `\`git ${subcommand(args)}\` failed in ${directory}`, {
    details: said.split('\n').slice(0, 10),
    cause,
  });
}

/** Whether a git command succeeds. @throws FoxError GIT_NOT_READY if git can't be run at all. */
export async function gitAgrees(directory: string, args: readonly string[]): Promise<boolean> {
  try {
    await git(directory, args);
    return true;
  } catch (error) {
    if (whatGitSaid(error) === undefined) throw error;
    return false;
  }
}

/** What git said when it refused; undefined for an error that isn't git's. */
export function whatGitSaid(error: unknown): string | undefined {
  if (!(error instanceof FoxError) || error.code !== 'GIT_NOT_READY') return undefined;
  return error.cause === undefined || isMissing(error.cause) ? undefined : error.details.join('\n');
}

/** A git process whose input and output are streams. */
export function spawnGit(directory: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn('git', args, { cwd: directory, env: gitEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] });
}

/** The error for a machine without git. */
export function gitMissing(cause: unknown): FoxError {
  return new FoxError('GIT_NOT_READY', 'git is not installed, or not on PATH', {
    hints: ['Install git 2.36 or later.'],
    cause,
  });
}

/**
 * simple-git refuses variables and options by which a stranger could make git run programs. Here the variables come from
 * the user's own shell, and no option from anybody else.
 */
const everythingAllowed = {
  allowUnsafeAlias: true,
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeDiffExternal: true,
  allowUnsafeDiffTextConv: true,
  allowUnsafeEditor: true,
  allowUnsafeFilter: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGitProxy: true,
  allowUnsafeGpgProgram: true,
  allowUnsafeHooksPath: true,
  allowUnsafeMergeDriver: true,
  allowUnsafePack: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
} as const;

interface Ended {
  readonly exitCode: number;
  readonly stdErr: readonly Buffer[];
}

/** By itself simple-git takes a git that fails without a word for one that succeeds. */
function failureOf(
  error: Buffer | Error | undefined,
  { exitCode, stdErr }: Ended,
): Buffer | Error | undefined {
  if (error !== undefined || exitCode === 0) return error;
  return stdErr.length > 0 ? Buffer.concat(stdErr) : Buffer.from(`it ended with ${exitCode}`);
}

/** The word after git's own options. */
function subcommand(args: readonly string[]): string {
  return args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c') ?? '';
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && /\bspawn git ENOENT\b/.test(error.message);
}
