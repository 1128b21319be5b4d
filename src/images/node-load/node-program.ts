// Runs the programs of local clusters, and tells what they refuse.
import { execa } from 'execa';
import { FoxError } from '../../core/errors.ts';
import { cancelled } from '../cancelled.ts';
import { outcomeText } from '../child-process.ts';

/** Runs a program and answers what it has written. @throws FoxError REGISTRY_NOT_CONFIGURED if it is missing, REGISTRY_ERROR, CANCELLED. */
export type NodeProgram = (file: string, args: readonly string[]) => Promise<string>;

/** Runs programs in an environment until the signal aborts. */
export function nodeProgram(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): NodeProgram {
  return async (file, args) => {
    const result = await execa(file, args, {
      env,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      cancelSignal: signal,
      forceKillAfterDelay: 3000,
    });
    if (signal.aborted) throw cancelled(signal);
    // One that could not be started has written nothing.
    const { stdout = '', stderr = '' } = result as Partial<typeof result>;
    if (result.exitCode === 0) return stdout;
    if (result.code === 'ENOENT') throw missing(file, result.cause);
    throw new FoxError(
      'REGISTRY_ERROR',
      `the cluster's nodes can't be given images: \`${file} ${args[0]}\` ${outcomeText(result)}`,
      {
        details: stderr === '' ? [] : stderr.split('\n').slice(-20),
        hints: [
          'Is the cluster up, and made by that program? With `registry` in the config fox pushes there instead.',
        ],
        cause: result.cause,
      },
    );
  };
}

function missing(file: string, cause: unknown): FoxError {
  return new FoxError(
    'REGISTRY_NOT_CONFIGURED',
    `images are loaded into this cluster by ${file}, which is not in PATH`,
    {
      hints: [`Install ${file}, or name a registry in the config: \`registry: localhost:5000/my-team\`.`],
      cause,
    },
  );
}
