// Finds kubeconfig files and merges them, as kubectl does it.
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { FoxError } from '../../core/errors.ts';
import { hasCode } from '../../core/file-system-error.ts';
import { type Kubeconfig, parseKubeconfig } from './kubeconfig.ts';

/** Where kubeconfig files are looked for. */
export interface KubeconfigPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative paths in KUBECONFIG are relative to. */
  readonly cwd: string;
}

/**
 * All files of KUBECONFIG as one; of each name what comes first counts, and files that don't exist are left out.
 * @throws FoxError CLUSTER_NOT_CONFIGURED if there is none, or one can't be read.
 */
export async function readKubeconfig(place: KubeconfigPlace): Promise<Kubeconfig> {
  const paths = kubeconfigPaths(place);
  const files = (await Promise.all(paths.map(readOne))).filter((file) => file !== undefined);
  if (files.length === 0) throw noKubeconfig(paths);
  const current = files.map(({ currentContext }) => currentContext).find((name) => name !== undefined);
  return {
    clusters: firstOfEachName(files.map(({ clusters }) => clusters)),
    users: firstOfEachName(files.map(({ users }) => users)),
    contexts: firstOfEachName(files.map(({ contexts }) => contexts)),
    ...(current === undefined ? {} : { currentContext: current }),
  };
}

function kubeconfigPaths({ env, cwd }: KubeconfigPlace): string[] {
  const given = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (given.length > 0) return [...new Set(given.map((path) => resolve(cwd, path)))];
  return [join(env['HOME'] ?? env['USERPROFILE'] ?? '', '.kube', 'config')];
}

function noKubeconfig(paths: readonly string[]): FoxError {
  return new FoxError('CLUSTER_NOT_CONFIGURED', `there is no kubeconfig at ${paths.join(', ')}`, {
    hints: [
      'Set KUBECONFIG to its path, or have your cluster write it (`kind export kubeconfig`, for example).',
      'Without `cluster` in the config, or with `--context embedded`, fox works on the embedded cluster.',
    ],
  });
}

function firstOfEachName<T>(maps: readonly ReadonlyMap<string, T>[]): Map<string, T> {
  return new Map(maps.toReversed().flatMap((map) => [...map]));
}

async function readOne(path: string): Promise<Kubeconfig | undefined> {
  try {
    return parseKubeconfig(await readFile(path, 'utf8'), dirname(path));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    // No cause: parsers quote what they stumble over, and there are secrets in there.
    throw new FoxError('CLUSTER_NOT_CONFIGURED', `${path} is not a readable kubeconfig: ${why}`, {
      hints: [`\`kubectl config view --kubeconfig ${path}\` tells what is wrong with it.`],
    });
  }
}
