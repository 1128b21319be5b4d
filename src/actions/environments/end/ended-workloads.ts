// Which workloads leave with a virtual environment: worked out of those versions only that can have something to do with them.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import type { StoredVersion } from '../../../cluster/objects/version-object.ts';
import type { DeployedWorkload } from '../../../cluster/objects/workload-object.ts';
import { wantedBy, wantedWorkloads } from '../../../core/plan/wanted.ts';
import { workloadKey } from '../../../core/version/workload.ts';
import { missingReferences } from '../../leftovers/missing-references.ts';
import { environmentsByName } from '../known/known-environments.ts';
import { turns } from './turns.ts';

/** Workloads that a version has or would have in an environment, and that nothing wants once it is gone. */
export async function endedWorkloads(
  state: NamespaceState,
  name: string,
): Promise<readonly DeployedWorkload[]> {
  const nextTurn = turns();
  const own = await ownWorkloads(state, name, nextTurn);
  const rest = without(state, name);
  // What those apps want of which something is missing can't be told.
  const unclear = new Set(missingReferences(rest).map(({ app }) => app));
  const leaving = new Map(
    own.filter(({ app }) => !unclear.has(app)).map((workload) => [workloadKey(workload), workload]),
  );
  const known = environmentsByName(rest);
  for (const version of rest.versions) {
    if (!mayHave([...leaving.values()], version)) continue;
    for (const key of wantedWorkloads([version], known).keys()) leaving.delete(key);
    await nextTurn();
  }
  return [...leaving.values()];
}

/**
 * All workloads that any version has or would have there. Not only of those that are noted to run there: an interrupted
 * end has taken the notes away, and left workloads.
 */
async function ownWorkloads(
  { environments, configurations, versions, workloads }: NamespaceState,
  name: string,
  nextTurn: () => Promise<void>,
): Promise<DeployedWorkload[]> {
  const now = environmentsByName({ environments }).get(name);
  const kept = configurations.filter(({ environment }) => environment.name === name);
  const own = new Set<string>();
  for (const { app, manifest } of versions.filter((version) => mayHave(workloads, version))) {
    const held = kept.filter((each) => each.app === app).map(({ environment }) => environment);
    const said = [...(now === undefined ? [] : [now]), ...held];
    for (const key of wantedBy([{ manifest, environments: said }]).keys()) own.add(key);
    await nextTurn();
  }
  return workloads.filter((workload) => own.has(workloadKey(workload)));
}

/** Whether one of some workloads can be a version's: only what is made of the same source has the same hash. */
function mayHave(workloads: readonly DeployedWorkload[], { app, manifest }: StoredVersion): boolean {
  return workloads.some(
    (workload) =>
      workload.app === app && manifest.components[workload.component]?.sourceHash === workload.sourceHash,
  );
}

/** The namespace once the environment is gone. */
function without(state: NamespaceState, name: string): NamespaceState {
  const records = new Map(state.releases.records);
  records.delete(name);
  return {
    ...state,
    environments: state.environments.filter(({ definition }) => definition.name !== name),
    configurations: state.configurations.filter(({ environment }) => environment.name !== name),
    releases: { ...state.releases, records },
    versions: state.versions.map((version) => ({
      ...version,
      runsIn: version.runsIn.filter((each) => each !== name),
      held: version.held.filter(({ environment }) => environment.name !== name),
    })),
  };
}
