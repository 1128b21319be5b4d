// `fox deploy`: builds what is missing, runs what is missing, and only then writes the version: make before break.
import type { Namespace, NamespaceState } from '../cluster/namespace.ts';
import type { StoredVersion } from '../cluster/version-object.ts';
import { deploymentName } from '../core/names.ts';
import { sameContent, type VersionManifest } from '../core/manifest.ts';
import type { Workload } from '../core/workload.ts';
import { announce } from './acknowledgement.ts';
import { buildImages } from './build-images.ts';
import { type ClusterSession, withCluster, withClusterSnapshot } from './cluster-session.ts';
import type { ActionContext } from './context.ts';
import { exclusively } from './exclusively.ts';
import { type DeploymentPlan, planDeployment, withImages } from './deployment-plan.ts';
import { requireEnvironmentName } from './lookup.ts';
import { type DeployOptions, planResult, type PlanResult } from './plan.ts';
import { readRevision, refuseUncommitted, type Revision } from './revision.ts';
import { removeUnwanted } from './unwanted.ts';
import { rollOut } from './workload-rollout.ts';
import { withWorkspace, type Workspace } from './workspace.ts';

/** What a deploy did. */
export interface DeployResult extends PlanResult {
  readonly kind: 'deploy';
  /** URL that reaches this version, released or not. */
  readonly url?: string;
  /** Nothing had to be done. */
  readonly unchanged: boolean;
  readonly dryRun: boolean;
}

/** Deploys a version of the app. Can be interrupted at any point: the next run completes the work. */
export async function deploy(options: DeployOptions, context: ActionContext): Promise<DeployResult> {
  return withWorkspace(context, options, async (workspace) => {
    requireEnvironmentName(options.virtualEnv ?? workspace.defaultEnvironment);
    const reading = readRevision(workspace, options, context);
    // Awaited beside the cluster's answer; a failure before that must not end the process.
    reading.catch(() => undefined);
    if (options.dryRun === true) {
      return withClusterSnapshot(workspace, context, async (session) => {
        const { revision, deployment } = await prepare(reading, workspace, options, session);
        return deployResult(revision, deployment, session, { unchanged: false, dryRun: true });
      });
    }
    // A config that isn't valid must not start a cluster.
    await refuseUncommitted(await reading);
    return withCluster(workspace, context, async (session) => {
      const { revision, state, deployment } = await prepare(reading, workspace, options, session);
      const unchanged = isDone(deployment, state);
      if (!unchanged) await carryOut(revision, deployment, workspace, session, options, context);
      return deployResult(revision, deployment, session, { unchanged, dryRun: false });
    });
  });
}

async function prepare(
  reading: Promise<Revision>,
  { defaultEnvironment }: Workspace,
  { virtualEnv }: DeployOptions,
  { namespace, images }: ClusterSession,
): Promise<{ revision: Revision; state: NamespaceState; deployment: DeploymentPlan }> {
  const [revision, state] = await Promise.all([reading, namespace.observe()]);
  await refuseUncommitted(revision);
  const environment = virtualEnv ?? defaultEnvironment;
  return { revision, state, deployment: await planDeployment(revision.manifest, environment, state, images) };
}

/** Whether the version exists exactly so, runs where it was asked for, and is ready. */
function isDone(
  { plan, manifest, existing, environments }: DeploymentPlan,
  { workloads }: NamespaceState,
): boolean {
  if (existing === undefined || plan.create.length > 0 || plan.scale.length > 0) return false;
  if (!sameContent(existing.manifest, manifest) || !existing.runsIn.includes(environments[0].name))
    return false;
  const needed = new Set(plan.keep.map(({ hash }) => hash));
  return workloads.filter(({ fullHash }) => needed.has(fullHash)).every(({ ready }) => ready);
}

async function carryOut(
  revision: Revision,
  planned: DeploymentPlan,
  workspace: Workspace,
  session: ClusterSession,
  options: DeployOptions,
  context: ActionContext,
): Promise<void> {
  const { namespace, images } = session;
  const { app, version } = planned.manifest;
  const build = ({ plan, manifest }: DeploymentPlan) =>
    buildImages(plan.build, revision, manifest, workspace, images, context);
  const built = await build(planned);
  await exclusively(namespace, context, `deploy ${deploymentName(app, version)}`, async (signal) => {
    // Others may have changed the cluster while this one was building.
    const environment = planned.environments[0].name;
    await removeLost(planned.lost, namespace);
    const state = await namespace.observe();
    const now = await planDeployment(withImages(revision.manifest, built), environment, state, images);
    // An image that was there before may have been pruned meanwhile.
    const manifest = withImages(now.manifest, await build(now));
    const isDefault = environment === workspace.defaultEnvironment;
    if (await namespace.createEnvironment(now.environments[0], isDefault))
      announceEnvironment(environment, isDefault, context);
    const create = now.plan.create.map((workload) => withDefinition(workload, manifest));
    const origin = { version, commit: revision.commit };
    await rollOut(namespace, { ...now.plan, create, origin }, options, context, signal);
    await writeVersion(namespace, manifest, environment, now.existing);
    await announce(namespace, signal, context);
    if (now.existing?.mutable === true) await removeUnwanted(namespace, { onlyOf: now.existing });
  });
}

/** Workloads whose images are gone start afresh with what was built now, unless somebody has mended them meanwhile. */
async function removeLost(names: readonly string[], namespace: Namespace): Promise<void> {
  if (names.length === 0) return;
  const { workloads } = await namespace.observe();
  const lost = workloads.filter(({ name, available }) => available === 0 && names.includes(name));
  for (const { name } of lost) await namespace.deleteWorkload(name);
}

/** A planned workload with the image that was built for it since. */
function withDefinition(workload: Workload, { components }: VersionManifest): Workload {
  return { ...workload, definition: components[workload.component] ?? workload.definition };
}

async function writeVersion(
  namespace: Namespace,
  manifest: VersionManifest,
  environment: string,
  existing?: StoredVersion,
): Promise<void> {
  const runsIn = [...new Set([...(existing?.runsIn ?? []), environment])];
  if (existing === undefined || !sameContent(existing.manifest, manifest))
    await namespace.writeVersion(manifest, runsIn, existing);
  else await namespace.addRunsIn(existing, environment);
}

function announceEnvironment(environment: string, isDefault: boolean, { emit }: ActionContext): void {
  if (!isDefault)
    emit({
      type: 'info',
      text: `Created virtual environment ${environment}, with no configuration of its own`,
    });
}

function deployResult(
  revision: Revision,
  deployment: DeploymentPlan,
  { edge }: ClusterSession,
  { unchanged, dryRun }: { unchanged: boolean; dryRun: boolean },
): DeployResult {
  const { version } = deployment.manifest;
  const environment = deployment.environments[0].name;
  return {
    ...planResult('deploy', revision, deployment),
    kind: 'deploy',
    unchanged,
    dryRun,
    ...(edge === undefined ? {} : { url: `${edge}/?kf-dep=${version}&kf-ve=${environment}` }),
  };
}
