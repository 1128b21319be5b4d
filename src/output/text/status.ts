// Text of `fox status`: a tree from the app over its versions and components to the pods, and the releases.
import type { StatusResult, VersionStatus, WorkloadStatus } from '../../actions/status.ts';
import type { RunningStatus } from '../../actions/status/status-result.ts';
import type { Style } from '../style.ts';
import { tableLines } from '../table.ts';

/** The state of an app. */
export function statusText(status: StatusResult, style: Style): string {
  const { app, versions, releases, workloads } = status;
  const pods = workloads.reduce((sum, workload) => sum + workload.pods.length, 0);
  const where = whereText(status, style);
  const lines = [
    `${style.bold(app)}  ${where}  ${plural(versions.length, 'version')}, ${plural(workloads.length, 'workload')}, ${plural(pods, 'pod')}`,
  ];
  for (const { name, version } of status.router.otherVersions)
    lines.push(style.warn(`${name} is of fox ${version}, not of this one: ${upgradeOf(status)} upgrades it`));
  const nothing = versions.length === 0 ? nothingText(status) : undefined;
  if (nothing !== undefined) lines.push(style.dim(nothing));
  for (const version of versions) lines.push(...versionLines(version, status, style));
  const unwanted = workloads.filter((workload) => workload.versions.length === 0);
  if (unwanted.length > 0) {
    lines.push(
      style.warn(
        Object.values(releases).some(({ missing }) => missing.length > 0)
          ? 'unused, or of what is missing'
          : 'unused (`fox prune` removes them)',
      ),
      ...branch(
        unwanted.map((workload) => [workloadLine(workload, undefined, style), ...podLines(workload, style)]),
      ),
    );
  }
  const rows = Object.entries(releases).map(([environment, { version, revision, by, at, missing }]) => [
    missing.includes('environment') ? `${environment} (missing)` : environment,
    missing.includes('version')
      ? `${version} (missing)`
      : missing.includes('configuration')
        ? `${version} (its configuration is missing)`
        : version,
    String(revision),
    by,
    at.replace(/\.\d+Z$/, 'Z'),
  ]);
  if (rows.length > 0)
    lines.push('', ...tableLines(['ENVIRONMENT', 'RELEASED', 'REVISION', 'BY', 'AT'], rows, style.dim));
  return lines.join('\n');
}

/** Why no version is shown. Nothing, where the releases tell that something is missing. */
function nothingText({ virtualEnv, releases }: StatusResult): string | undefined {
  if (virtualEnv === undefined) return 'Nothing is deployed yet: `fox deploy`.';
  if (releases[virtualEnv] !== undefined) return undefined;
  return `No version runs in ${virtualEnv}: \`fox deploy -e ${virtualEnv}\`.`;
}

function upgradeOf({ cluster }: StatusResult): string {
  return cluster.kind === 'embedded' ? '`fox cluster stop && fox cluster start`' : '`fox install`';
}

function whereText({ cluster, router }: StatusResult, style: Style): string {
  if (cluster.state === 'stopped') return style.warn('embedded cluster: stopped');
  const url = router.url ?? (router.ready ? undefined : 'no router');
  const place = cluster.context === undefined ? undefined : `${cluster.context}/${cluster.namespace}`;
  return [place, url].filter((part) => part !== undefined).join('  ');
}

/** One tree per version; several only where environments have different workloads of it. */
function versionLines(version: VersionStatus, status: StatusResult, style: Style): string[] {
  const { name, commit, mutable, dirty, environments } = version;
  const marks = [commit.slice(0, 12), ...(mutable ? ['mutable'] : []), ...(dirty ? ['dirty'] : [])].join(
    ', ',
  );
  return alike(environments).flatMap(({ names, ready, components, streams, webSockets }) => {
    const released = names.filter((each) => status.releases[each]?.version === name);
    const where = released.length === names.length ? '' : ` in ${released.join(', ')}`;
    const mark = released.length === 0 ? '' : style.good(`  released${where}`);
    const state = stateText(ready, status, style);
    const head = `${style.bold(name)} in ${names.join(', ')}  ${state}  ${style.dim(marks)}${mark}${streamsText(streams, webSockets)}`;
    const children = Object.entries(components).map(([component, hash]) => {
      const workload = status.workloads.find((each) => each.component === component && each.hash === hash);
      if (workload === undefined)
        return [`${component} ${style.dim(hash.slice(0, 8))}  ${style.bad('missing')}`];
      return [workloadLine(workload, name, style), ...podLines(workload, style)];
    });
    return [head, ...branch(children)];
  });
}

/** Environments that have the same workloads of a version, together. */
function alike(environments: VersionStatus['environments']): (RunningStatus & { names: string[] })[] {
  const groups = new Map<string, RunningStatus & { names: string[] }>();
  for (const [environment, runs] of Object.entries(environments)) {
    const key = JSON.stringify(Object.entries(runs.components).toSorted(([a], [b]) => a.localeCompare(b)));
    const group = groups.get(key);
    groups.set(key, {
      ...runs,
      names: [...(group?.names ?? []), environment],
      streams: runs.streams + (group?.streams ?? 0),
      webSockets: runs.webSockets + (group?.webSockets ?? 0),
    });
  }
  return [...groups.values()];
}

function streamsText(streams: number, webSockets: number): string {
  if (streams === 0) return '';
  const kinds = [
    ...(webSockets === 0 ? [] : [plural(webSockets, 'WebSocket')]),
    ...(webSockets === streams ? [] : [`${streams - webSockets} of events`]),
  ];
  return `  streams: ${streams} (${kinds.join(', ')})`;
}

function stateText(ready: boolean, { cluster }: StatusResult, style: Style): string {
  if (cluster.state === 'stopped') return style.dim('stopped');
  return ready ? style.good('ready') : style.warn('not ready');
}

function workloadLine(
  { component, hash, versions, ready, replicas, changedBy, pods }: WorkloadStatus,
  version: string | undefined,
  style: Style,
): string {
  const others = versions.filter((each) => each !== version);
  const shared = others.length === 0 ? '' : style.accent(`  shared with ${others.join(', ')}`);
  const changed = changedBy.length === 0 ? '' : style.warn(`  changed by ${changedBy.join(', ')}`);
  const state =
    ready >= replicas || pods.every((pod) => pod.state === 'Stopped')
      ? `${ready}/${replicas}`
      : style.warn(`${ready}/${replicas}`);
  return `${component} ${style.dim(hash.slice(0, 8))}  ${state}${shared}${changed}`;
}

function podLines({ pods }: WorkloadStatus, style: Style): string[] {
  return pods.map(({ name, state, ready, restarts, message }) => {
    const why = ready || message === undefined ? '' : style.warn(`  ${message}`);
    const restarted = restarts === 0 ? '' : style.warn(`  ${plural(restarts, 'restart')}`);
    return `${style.dim(name)}  ${ready || state === 'Stopped' ? state : style.warn(state)}${restarted}${why}`;
  });
}

/** Draws lists of lines as the branches of a tree; the first line of each is the branch, the others hang below it. */
function branch(children: readonly (readonly string[])[]): string[] {
  return children.flatMap(([first = '', ...rest], index) => {
    const last = index === children.length - 1;
    return [`${last ? '└─' : '├─'} ${first}`, ...rest.map((line) => `${last ? '  ' : '│ '}    ${line}`)];
  });
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
