// Text of a plan and of a deploy.
import type { DeployResult } from '../../actions/deploy.ts';
import type { PlanResult } from '../../actions/plan.ts';
import type { Style } from '../style.ts';
import { tableLines } from '../table.ts';

/** A plan: one row per component with its reason, then the cost. */
export function planText(plan: PlanResult, style: Style): string {
  const rows = plan.components.map(({ name, action, reason }) => [name, actionText(action, style), reason]);
  return [
    title(plan, style),
    '',
    ...tableLines(['COMPONENT', 'ACTION', 'REASON'], rows, style.dim),
    '',
    summary(plan),
    ...forkLines(plan, style),
    ...further(plan),
  ].join('\n');
}

/** What a deploy did, and where the version is. */
export function deployText(result: DeployResult, style: Style): string {
  if (result.dryRun) return `${planText(result, style)}\n${style.dim('Nothing was changed (--dry-run).')}`;
  const { version, app, virtualEnv, workloads, pods, builds, url } = result;
  const name = style.bold(`${app} ${version}`);
  const head = result.unchanged
    ? `${name} is deployed already in ${virtualEnv}; nothing to do`
    : `${name} is deployed in ${virtualEnv}: ${count(builds, 'image')} built, ${count(workloads.create, 'workload')} created, ${workloads.keep} shared; pods ${pods.before} → ${pods.after}`;
  const where = url === undefined ? wayThere(result, style) : [`  ${style.accent(url)}`];
  return [head, ...where].join('\n');
}

/** What leads to it where no URL does that everybody may use. */
function wayThere({ cluster, access, version, virtualEnv }: DeployResult, style: Style): string[] {
  const proxy = style.accent(`fox proxy --version ${version} -e ${virtualEnv}`);
  const open = style.accent(`fox open ${version} -e ${virtualEnv}`);
  if (access === 'signed')
    return [`  Its URL must be signed, as ${virtualEnv} is open to signed ones only: ${open}`];
  const isEmbedded = cluster.kind === 'embedded';
  if (access === 'internal') {
    const why = `  No URL names it, as the access of ${virtualEnv} is internal`;
    return [isEmbedded ? why : `${why}; ${proxy} leads there, from this machine`];
  }
  // The embedded cluster has an address whenever it runs.
  if (isEmbedded) return [];
  return [`  No address leads there from outside of the cluster; ${proxy} does, on this machine`];
}

function title(
  { app, cluster, version, commit, virtualEnv, mutable, dirty, exists }: PlanResult,
  style: Style,
): string {
  const marks = [
    ...(dirty ? ['dirty'] : []),
    ...(mutable ? ['mutable'] : []),
    ...(exists ? ['exists already'] : []),
  ];
  const note = marks.length === 0 ? '' : style.dim(` (${marks.join(', ')})`);
  const where = cluster.context === undefined ? '' : ` on ${cluster.context}/${cluster.namespace}`;
  return `${style.bold(`${app} ${version}`)} from ${commit.slice(0, 12)} in ${virtualEnv}${where}${note}`;
}

function summary({ builds, workloads, pods }: PlanResult): string {
  if (workloads.create === 0)
    return `Nothing to build or create: ${workloads.keep === 1 ? 'its workload exists' : `all ${workloads.keep} workloads exist`} already; pods ${pods.before === pods.after ? '' : `${pods.before} → `}${pods.after}`;
  return `${count(builds, 'image')} to build, ${count(workloads.create, 'workload')} to create, ${workloads.keep} shared; pods ${pods.before} → ${pods.after}`;
}

/** What other environments don't share, what that costs, and what would spare it. */
function forkLines({ virtualEnv, components, forks }: PlanResult, style: Style): string[] {
  if (forks.workloads === 0) return [];
  const apart = components.filter(({ fork }) => fork !== undefined);
  const spared = apart.filter(({ fork }) => fork?.because !== 'own');
  const pods = spared.reduce((sum, { fork }) => sum + (fork?.pods ?? 0), 0);
  const names = (list: typeof components) => list.map(({ name }) => name).join(', ');
  const hint = `  \`forwardsContext: true\` on ${names(spared)} would spare ${count(pods, 'pod')}, where it passes the \`baggage\` header on`;
  return [
    `For ${virtualEnv} alone: ${names(apart)} (${count(forks.pods, 'pod')})`,
    ...(spared.length === 0 ? [] : [style.dim(hint)]),
  ];
}

/** What else is done, that makes no workloads. */
function further({ components, scale, settings, services }: PlanResult): string[] {
  const shown = new Set(components.map(({ workload }) => workload));
  // What runs already says so in its reason.
  const others = scale.filter(({ workload }) => !shown.has(workload));
  return [
    ...others.map(({ name, before, after }) => `${name} is scaled: ${before} → ${after} pods`),
    ...(settings.length === 0 ? [] : [`Other settings for the pods of ${settings.join(', ')}`]),
    ...(services.length === 0
      ? []
      : [`${count(services.length, 'Service')} to make or mend: ${services.join(', ')}`]),
  ];
}

function actionText(action: PlanResult['components'][number]['action'], style: Style): string {
  if (action === 'none') return style.dim(action);
  return action === 'build' ? style.warn(action) : style.good(action);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
