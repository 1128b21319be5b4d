// `fox status`: versions, where they run, the workloads and pods that they share, and what is released.
import type { NamespaceState } from '../cluster/namespace.ts';
import type { PodView } from '../cluster/objects/pod-object.ts';
import { type LiveRouter, liveRouters } from '../cluster/routers/routers.ts';
import type { StoredVersion } from '../cluster/objects/version-object.ts';
import type { DeployedWorkload } from '../cluster/objects/workload-object.ts';
import { shortHash } from '../core/labels.ts';
import type { StreamCount } from '../core/routing/router-report.ts';
import { openStreams, streamsFromOutside } from '../core/routing/stream-report.ts';
import { environmentFor, versionsOf, wantedWorkloads } from '../core/plan/wanted.ts';
import { workloadKey, workloadsOf } from '../core/version/workload.ts';
import { whereAllowed } from './session/access.ts';
import { type ClusterSession, clusterSummary, withClusterSnapshot } from './session/cluster-session.ts';
import type { ActionContext } from './context.ts';
import { edgeAddress } from './session/edge-address.ts';
import { environmentsByName } from './environments/known/known-environments.ts';
import { missingKeeper } from './doctor/keeper.ts';
import { missingReferences, missingText } from './leftovers/missing-references.ts';
import { settingsDifference } from './settings/settings-difference.ts';
import { narrowStatus } from './status/narrow-status.ts';
import type {
  StatusResult,
  VersionStatus,
  WorkloadStatus,
  ReleaseStatus,
  StatusOptions,
} from './status/status-result.ts';
import { withWorkspace } from './place/workspace.ts';

/** Replaced by the version in package.json when fox is built. */
declare const FOX_VERSION: string;

export type { StatusResult, VersionStatus, WorkloadStatus };

/**
 * Reads the state of an app; doesn't start a cluster.
 * @throws FoxError NOT_FOUND if there is no such version or virtual environment.
 */
export async function status(options: StatusOptions, context: ActionContext): Promise<StatusResult> {
  return withWorkspace(context, options, async (workspace) =>
    withClusterSnapshot(workspace, context, async (session) => {
      const { namespace } = session;
      const missing: string[] = [];
      const lacking = (what: string) => (why: string) => void missing.push(`${what} not shown: ${why}`);
      const [state, pods, routers, edge] = await Promise.all([
        namespace.observe(),
        whereAllowed(namespace.pods({ app: workspace.app }), [], lacking('pods are')),
        session.state === 'running'
          ? whereAllowed(liveRouters(namespace.client), [], lacking('routers are'))
          : [],
        whereAllowed(edgeAddress(session), session.edge, lacking('the address of the routers is')),
      ]);
      // Told only where there is something to show without them.
      const removed = missingReferences(state).filter(({ app }) => app === workspace.app);
      const keeper =
        session.state === 'running'
          ? await whereAllowed(missingKeeper(namespace, state), undefined, () => undefined)
          : undefined;
      const wanted = workspace.settings.router;
      // Before the first deploy nobody has had a reason to write them.
      const difference =
        state.versions.length === 0
          ? undefined
          : settingsDifference(state.routerSettings, wanted, namespace.cluster);
      const said = [
        ...missing,
        ...removed.map(missingText),
        ...(keeper === undefined ? [] : [keeper]),
        ...(difference === undefined ? [] : [`${difference.text}: ${difference.fix}`]),
      ];
      for (const text of said) context.emit({ type: 'warning', text });
      const reached = { ...session, ...(edge === undefined ? {} : { edge }) };
      return narrowStatus(statusResult(workspace.app, state, pods, reached, routers), options, state);
    }),
  );
}

function statusResult(
  app: string,
  state: NamespaceState,
  pods: readonly PodView[],
  session: ClusterSession,
  routers: readonly LiveRouter[],
): StatusResult {
  const workloads = state.workloads.filter((workload) => workload.app === app);
  const running = session.state === 'running';
  return {
    schema: 'fox/v1',
    kind: 'status',
    app,
    cluster: clusterSummary(session),
    router: {
      ...(session.edge === undefined ? {} : { url: session.edge }),
      ready: routers.length > 0,
      replicas: routers.length,
      otherVersions: routers.flatMap(({ name, foxVersion: version = FOX_VERSION }) =>
        version === FOX_VERSION ? [] : [{ name, version }],
      ),
    },
    versions: state.versions
      .filter((version) => version.app === app)
      .map((version) =>
        versionStatus(
          version,
          state,
          running,
          routers.flatMap(({ streams }) => streams),
        ),
      ),
    workloads: workloadStatuses(workloads, state, running ? pods : pods.map(asStopped), running),
    releases: releaseStatuses(app, state),
  };
}

/** What the disk says of a pod's process was true before the cluster stopped. */
function asStopped({ name, uid, app, component, hash, terminating, restarts }: PodView): PodView {
  return { name, uid, app, component, hash, terminating, restarts, state: 'Stopped', ready: false };
}

function versionStatus(
  version: StoredVersion,
  state: NamespaceState,
  running: boolean,
  streams: readonly StreamCount[],
): VersionStatus {
  const environments = environmentsByName(state);
  const deployed = new Map(state.workloads.map((workload) => [workloadKey(workload), workload]));
  const { app, name, commit, mutable, manifest } = version;
  const runsIn = version.runsIn.flatMap((environmentName) => {
    const environment = environmentFor(version, environmentName, environments);
    if (environment === undefined) return [];
    const own = [...workloadsOf(manifest, environment).values()];
    const ready = running && own.every((workload) => deployed.get(workloadKey(workload))?.ready === true);
    const components = Object.fromEntries(own.map(({ component, hash }) => [component, shortHash(hash)]));
    const open = streamsFromOutside(streams, { app, version: name, environment: environmentName });
    const webSockets = open.reduce((sum, each) => sum + each.webSockets, 0);
    return [[environmentName, { ready, components, streams: openStreams(open), webSockets }] as const];
  });
  const modules: Record<string, string[]> = {};
  for (const [component, { modules: names }] of Object.entries(manifest.components)) {
    for (const module of names) (modules[module] ??= []).push(component);
  }
  return {
    app,
    name,
    commit,
    mutable,
    dirty: manifest.dirty,
    environments: Object.fromEntries(runsIn),
    modules,
  };
}

function workloadStatuses(
  workloads: readonly DeployedWorkload[],
  state: NamespaceState,
  pods: readonly PodView[],
  running: boolean,
): WorkloadStatus[] {
  const wanted = wantedWorkloads(state.versions, environmentsByName(state));
  return workloads
    .map((workload) => ({
      app: workload.app,
      name: workload.name,
      component: workload.component,
      hash: workload.hash,
      versions: versionsOf(wanted.get(workloadKey(workload))?.wants ?? []),
      replicas: workload.replicas,
      ready: running ? workload.available : 0,
      changedBy: workload.changedBy ?? [],
      pods: pods.filter(({ component, hash }) => component === workload.component && hash === workload.hash),
    }))
    .toSorted((a, b) => a.component.localeCompare(b.component) || a.name.localeCompare(b.name));
}

function releaseStatuses(app: string, state: NamespaceState): Record<string, ReleaseStatus> {
  const removed = missingReferences(state).filter((each) => each.app === app);
  return Object.fromEntries(
    [...state.releases.records].flatMap(([environment, apps]) => {
      const record = apps.get(app);
      if (record === undefined) return [];
      const { version, revision, state: phase, strategy, by, at } = record;
      const missing = removed
        .filter((each) =>
          each.kind === 'configuration'
            ? each.isReleased && each.environment === environment
            : each.name === (each.kind === 'version' ? version : environment),
        )
        .map(({ kind }) => kind);
      return [[environment, { version, revision, state: phase, strategy, weight: 100, by, at, missing }]];
    }),
  );
}
