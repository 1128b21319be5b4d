// Values of secrets that nothing uses any more: left by a command that was ended halfway, or by what others have deleted.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import { whereAllowed } from '../session/access.ts';

/** Secrets and keys in them that can go, and why. */
export interface UnusedSecret {
  /** App whose workload it was made for; absent for those of virtual environments, which belong to all apps. */
  readonly app?: string;
  /** `fox-env-dev/PASSWORD.0123456789abcdef`, or a copy's name. */
  readonly name: string;
  readonly reason: string;
}

/** What nothing uses any more. Empty, with a warning, where reading Secrets isn't allowed. */
export async function unusedSecrets(
  { secrets }: Pick<Namespace, 'secrets'>,
  state: NamespaceState,
  onMissing: (why: string) => void,
): Promise<UnusedSecret[]> {
  const workloads = new Set(state.workloads.map(({ name }) => name));
  const [copies, keys] = await Promise.all([
    whereAllowed(secrets.orphans(workloads), [], onMissing),
    whereAllowed(secrets.unusedKeys(state, vanishedEnvironments(state)), [], () => undefined),
  ]);
  return [
    ...copies.map(({ app, name }) => ({ app, name, reason: 'its workload is gone, or was never made' })),
    ...keys.map((name) => ({ name, reason: 'no virtual environment and no release names it any more' })),
  ];
}

/** Removes what {@link unusedSecrets} has found. */
export async function removeUnusedSecrets(
  { secrets }: Pick<Namespace, 'secrets'>,
  state: NamespaceState,
  unused: readonly UnusedSecret[],
): Promise<void> {
  for (const { app, name } of unused) if (app !== undefined) await secrets.removeCopy(name);
  if (unused.some(({ app }) => app === undefined))
    await secrets.removeUnused(state, vanishedEnvironments(state));
}

/**
 * Tells whether an environment is gone for good: it isn't there, and nothing says that it should be. One that versions
 * run in may have lost its ConfigMap by a mistake.
 */
function vanishedEnvironments({
  environments,
  versions,
  releases,
}: NamespaceState): (name: string) => boolean {
  const named = new Set([
    ...environments.flatMap(({ definition: { name, parent } }) => [
      name,
      ...(parent === undefined ? [] : [parent]),
    ]),
    ...versions.flatMap(({ runsIn }) => runsIn),
    ...releases.records.keys(),
  ]);
  return (name) => !named.has(name);
}
