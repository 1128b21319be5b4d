// Text of the smaller results: lists of versions, what was deleted or pruned, why a workload exists, the cluster.
import type { ClusterResult } from '../../actions/cluster.ts';
import type { DeleteResult } from '../../actions/delete-version.ts';
import type { LogLine } from '../../actions/logs.ts';
import type { OpenResult } from '../../actions/open.ts';
import type { ProxyResult } from '../../actions/proxy.ts';
import type { PruneResult } from '../../actions/prune.ts';
import type { VersionsResult } from '../../actions/versions.ts';
import type { WhyResult } from '../../actions/why.ts';
import type { Style } from '../style.ts';
import { tableLines } from '../table.ts';

export function versionsText({ items }: VersionsResult, style: Style): string {
  if (items.length === 0) return 'Nothing is deployed yet.';
  const rows = items.map(({ name, commit, components, runsIn, releasedIn, createdAt, mutable, dirty }) => [
    dirty ? `${name} (dirty)` : mutable ? `${name} (mutable)` : name,
    commit.slice(0, 12),
    String(components),
    runsIn.join(', '),
    releasedIn.join(', ') || '-',
    createdAt,
  ]);
  return tableLines(
    ['VERSION', 'COMMIT', 'COMPONENTS', 'RUNS IN', 'RELEASED IN', 'DEPLOYED'],
    rows,
    style.dim,
  ).join('\n');
}

export function openText({ url }: OpenResult): string {
  return url;
}

export function proxyText({ url }: ProxyResult): string {
  return url;
}

/** `order-ui v1,v2 x7k2p line`: the component, the versions that the pod serves, the end of the pod's name. */
export function logText(
  { component, versions, pod, time, line }: LogLine,
  style: Style,
  withTime: boolean,
): string {
  const more = versions.length > 3 ? `+${versions.length - 2}` : [];
  const served = (versions.length > 3 ? [...versions.slice(0, 2), more] : versions).join(',');
  const prefix = style.tint(pod, [component, served || '-', pod.split('-').at(-1)].join(' '));
  return [prefix, ...(withTime ? [style.dim(time)] : []), line].join(' ');
}

export function deleteText(
  { app, version, existed, workloads, scale, streams, dryRun }: DeleteResult,
  style: Style,
): string {
  if (!existed && workloads.length === 0) return `There is no ${app} ${version}; nothing to delete`;
  if (!existed) {
    const end = `${dryRun ? 'would be' : 'is'} deleted`;
    return [
      `What was left of ${style.bold(`${app} ${version}`)} ${end}:`,
      ...workloads.map((name) => `  ${name}`),
    ].join('\n');
  }
  const head = `${style.bold(`${app} ${version}`)} ${dryRun ? 'would be' : 'is'} deleted`;
  const fewer = scale.map(({ name, before, after }) => `  ${name}: ${before} → ${after} pods`);
  const rest = fewer.length === 0 ? [] : ['Others want fewer pods of:', ...fewer];
  if (workloads.length === 0)
    return [`${head}; all of its workloads serve other versions, too`, ...rest].join('\n');
  const cut = streams === 0 ? [] : [style.warn(cutText(streams, dryRun))];
  const left = workloads.map((name) => `  ${name}`);
  return [`${head}, and with it what only it used:`, ...left, ...cut, ...rest].join('\n');
}

function cutText(streams: number, dryRun: boolean): string {
  const one = streams === 1;
  const end = dryRun ? 'would be cut' : one ? 'was cut' : 'were cut';
  return `${streams} open ${one ? 'stream' : 'streams'} (WebSockets, events) ${end}.`;
}

/** Somebody may be about to run an image that was just built or found. */
const grace = 'Images that were in use less than an hour ago are kept.';

export function pruneText({ items, dryRun }: PruneResult, style: Style): string {
  if (items.length === 0) return `Nothing to prune. ${grace}`;
  const rows = items.map(({ type, name, reason, streams }) => [
    type,
    name,
    streams === undefined ? reason : `${reason}; open streams: ${streams}`,
  ]);
  const end = dryRun ? 'Nothing was changed (--dry-run).' : `Removed ${items.length}.`;
  return [...tableLines(['TYPE', 'NAME', 'REASON'], rows, style.dim), style.dim(end)].join('\n');
}

export function whyText(why: WhyResult, style: Style): string {
  const wanted = why.wantedBy.map(({ version, environment }) => `${version} in ${environment}`).join(', ');
  const lines = [
    style.bold(why.name),
    `  wanted by  ${why.unwanted === undefined ? wanted || style.warn('nobody can tell: something is missing, see `fox status`') : style.warn(`nobody: ${why.unwanted}`)}`,
    `  made for   ${why.madeFor}, from commit ${why.commit.slice(0, 12)}, ${why.createdAt}`,
    `  component  ${why.component}`,
    `  hash       ${why.hash}`,
    `  source     ${why.sourceHash}`,
    `  image      ${why.image}`,
  ];
  if (why.changedBy.length > 0)
    lines.push(style.warn(`  changed by ${why.changedBy.join(', ')}: it isn't what its version says`));
  if (why.forwardsContext === true)
    lines.push('  identity   its own content: it forwards the context, so what it calls may differ');
  if (why.identityIncludes.length > 0)
    lines.push(
      `  identity   its own content and that of ${why.identityIncludes.join(', ')}: it calls them and forwards no context`,
    );
  return lines.join('\n');
}

export function clusterText({ state, home, server, edge, pid }: ClusterResult, style: Style): string {
  if (state === 'stopped') return `The embedded cluster is ${style.warn('stopped')}; its data is in ${home}`;
  return [
    `The embedded cluster is ${style.good('running')} (process ${pid})`,
    `  router      ${edge}`,
    `  Kubernetes  ${server}`,
    `  data        ${home}`,
  ].join('\n');
}

export function kubeconfigText({ kubeconfig }: ClusterResult): string {
  return kubeconfig;
}
