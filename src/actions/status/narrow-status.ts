// What `fox status` shows when it is asked about one version or one virtual environment.
import type { NamespaceState } from '../../cluster/namespace.ts';
import { findVersion, requireEnvironment } from '../lookup/lookup.ts';
import type { StatusOptions, StatusResult } from './status-result.ts';

/** Only what a version, or a virtual environment, has to do with. @throws FoxError NOT_FOUND. */
export function narrowStatus(
  result: StatusResult,
  { version: wanted, virtualEnv }: StatusOptions,
  state: NamespaceState,
): StatusResult {
  if (wanted === undefined && virtualEnv === undefined) return result;
  const version = wanted === undefined ? undefined : findVersion(state, result.app, wanted).name;
  if (virtualEnv !== undefined && !state.releases.records.has(virtualEnv))
    requireEnvironment(state, virtualEnv);
  const isShown = ([environment]: readonly [string, unknown]) =>
    virtualEnv === undefined || environment === virtualEnv;
  const versions = result.versions
    .filter(({ name }) => version === undefined || name === version)
    .map((each) => ({
      ...each,
      environments: Object.fromEntries(Object.entries(each.environments).filter(isShown)),
    }))
    .filter(({ environments }) => virtualEnv === undefined || virtualEnv in environments);
  const shown = new Set(
    versions.flatMap(({ environments }) =>
      Object.values(environments).flatMap(({ components }) =>
        Object.entries(components).map((each) => each.join(' ')),
      ),
    ),
  );
  const releases = Object.entries(result.releases).filter(
    (each) => isShown(each) && (version === undefined || each[1].version === version),
  );
  return {
    ...result,
    ...(virtualEnv === undefined ? {} : { virtualEnv }),
    versions,
    workloads: result.workloads.filter(({ component, hash }) => shown.has(`${component} ${hash}`)),
    releases: Object.fromEntries(releases),
  };
}
