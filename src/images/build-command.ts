// Runs a component's build command in its scratch tree.
import { FoxError } from '../core/errors.ts';
import { type ChildOutcome, outcomeText, runChild } from './child-process.ts';

/** What to run, where, and who listens. */
export interface BuildCommand {
  readonly component: string;
  /** For `sh -c`. */
  readonly command: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the command has succeeded. On abort its whole process group is ended first.
 * @throws FoxError BUILD_FAILED with exit code or signal and the last lines; the signal's reason on abort.
 */
export async function runBuildCommand(build: BuildCommand): Promise<void> {
  const { command, directory, env, signal, onOutput } = build;
  const program = { file: 'sh', args: ['-c', command], directory, env, signal, onOutput };
  const result = await runChild(program);
  if (result.exitCode !== 0) throw failure(build, result);
}

function failure(build: BuildCommand, result: ChildOutcome): FoxError {
  const what = `the build of ${build.component} failed: \`${build.command}\` ${outcomeText(result)}`;
  return new FoxError('BUILD_FAILED', what, {
    details: result.tail,
    hints: hints(result.exitCode),
    cause: result.exitCode === undefined && result.signal === undefined ? result.cause : undefined,
  });
}

function hints(exitCode: number | undefined): string[] {
  if (exitCode === 127)
    return ['A command in it was not found: install it, or correct `build.command` or PATH.'];
  if (exitCode === 126)
    return ['A command in it may not be executed: commit it with its executable bit set.'];
  if (exitCode === 137) return ['Often this means that memory ran out: build fewer components at once.'];
  return [
    "If a file is missing: the command sees only what is committed below the component's `path` and `shared` paths.",
  ];
}
