// `fox deploy`: builds what is missing, runs what is missing, and only then writes the version: make before break.
import type { NamespaceState } from '../cluster/namespace.ts';
import type { Access } from '../core/environments/environment-definition.ts';
import { type ClusterSession, withCluster, withClusterSnapshot } from './session/cluster-session.ts';
import { warnChanged } from './deploy/changed-workloads.ts';
import type { ActionContext } from './context.ts';
import { type DeploymentPlan, planDeployment } from './deploy/deployment-plan.ts';
import { warnBroken } from './deploy/deployment-refusals.ts';
import { warnUnused } from './environments/known/environment-problems.ts';
import { environmentsByName } from './environments/known/known-environments.ts';
import { edgeAddress } from './session/edge-address.ts';
import { requireEnvironmentName } from './lookup/lookup.ts';
import { approveEnvironment } from './lookup/new-environment.ts';
import { type DeployOptions, planResult, type PlanResult } from './plan.ts';
import { requireRouter } from './session/require-router.ts';
import { readRevision, refuseUncommitted, type Revision } from './place/revision.ts';
import { refuseOtherDefault } from './lookup/default-environment.ts';
import { withWorkspace, type Workspace } from './place/workspace.ts';

/** What a deploy did. */
export interface DeployResult extends PlanResult {
  readonly kind: 'deploy';
  /** Who may ask for a version by name in the virtual environment. */
  readonly access: Access;
  /** URL that reaches this version, released or not; absent where none does that everybody may use. */
  readonly url?: string;
  /** Nothing had to be done. */
  readonly unchanged: boolean;
  readonly dryRun: boolean;
}

/**
 * Deploys a version of the app. Can be interrupted at any point: the next run completes the work.
 * @throws FoxError ROUTER_NOT_READY where a Kubernetes namespace has no routers yet.
 */
export async function deploy(options: DeployOptions, context: ActionContext): Promise<DeployResult> {
  return withWorkspace(context, options, async (workspace) => {
    requireEnvironmentName(options.virtualEnv ?? workspace.defaultEnvironment);
    const reading = readRevision(workspace, options, context);
    // Awaited beside the cluster's answer; a failure before that must not end the process.
    reading.catch(() => undefined);
    if (options.dryRun === true) {
      return withClusterSnapshot(workspace, context, async (session) => {
        const prepared = await prepare(reading, workspace, options, session, context);
        return deployResult(prepared, session, { unchanged: false, dryRun: true });
      });
    }
    // A config that isn't valid must not start a cluster. One that runs anyway is asked meanwhile.
    if (workspace.target.kind === 'embedded') await refuseUncommitted(await reading);
    return withCluster(workspace, context, async (session) => {
      // Asked beside the rest: where nothing is to be done, it still holds in the end.
      const address = edgeAddress(session);
      address.catch(() => undefined);
      const { revision, state, deployment } = await prepare(reading, workspace, options, session, context);
      const { secrets } = session.namespace;
      const unchanged =
        isDone(deployment, state) && (await secrets.lackingCopies(deployment.plan.keep)).length === 0;
      let done = deployment;
      if (!unchanged) {
        await session.requireDeployer?.();
        await requireRouter(session);
        const { virtualEnv } = options;
        if (virtualEnv !== undefined && virtualEnv !== workspace.defaultEnvironment)
          await approveEnvironment(virtualEnv, state, context);
      }
      await session.pullSecret?.put();
      if (!unchanged) {
        // What builds and waits is loaded only where there is something to do.
        const { deployOnce } = await import('./deploy/deploy-once.ts');
        done = await deployOnce(revision, deployment, workspace, session, options, context);
      }
      const edge = await (unchanged ? address : edgeAddress(session));
      return deployResult({ revision, state, deployment: done }, session, { unchanged, dryRun: false, edge });
    });
  });
}

/** What is to be deployed, and what there was before. */
interface Prepared {
  readonly revision: Revision;
  readonly state: NamespaceState;
  readonly deployment: DeploymentPlan;
}

async function prepare(
  reading: Promise<Revision>,
  { defaultEnvironment }: Workspace,
  { virtualEnv }: DeployOptions,
  { cluster, namespace, images }: ClusterSession,
  context: ActionContext,
): Promise<Prepared> {
  const [revision, state] = await Promise.all([reading, namespace.observe()]);
  await refuseUncommitted(revision);
  const environment = virtualEnv ?? defaultEnvironment;
  refuseOtherDefault(state, environment, defaultEnvironment);
  const deployment = await planDeployment(revision.manifest, environment, state, images);
  const { plan, manifest, existing, environments } = deployment;
  await namespace.secrets.require(plan.create);
  if (existing !== undefined) warnBroken(existing, state, context);
  warnUnused(environments[0], manifest, state, context);
  warnChanged(plan.keep, state, { cluster, namespace: namespace.client.namespace }, context);
  return { revision, state, deployment };
}

/** Whether the version exists exactly so, runs where it was asked for, and is ready. */
function isDone(
  { plan, existing, isStored, environments, services }: DeploymentPlan,
  state: NamespaceState,
): boolean {
  if (existing === undefined || plan.create.length > 0 || plan.scale.length > 0) return false;
  if (plan.fewer.length > 0 || plan.settle.length > 0 || services.apply.length > 0) return false;
  const [{ name: asked }] = environments;
  if (!isStored || !existing.runsIn.includes(asked)) return false;
  if (!state.environments.some(({ definition }) => definition.name === asked)) return false;
  const needed = new Set(plan.keep.map(({ hash }) => hash));
  return state.workloads.filter(({ fullHash }) => needed.has(fullHash)).every(({ ready }) => ready);
}

function deployResult(
  { revision, state, deployment }: Prepared,
  session: ClusterSession,
  {
    unchanged,
    dryRun,
    edge = session.edge,
  }: { unchanged: boolean; dryRun: boolean; edge?: string | undefined },
): DeployResult {
  const { version } = deployment.manifest;
  const environment = deployment.environments[0].name;
  // One that is created by this says nothing of it.
  const access = environmentsByName(state).get(environment)?.access ?? 'open';
  return {
    ...planResult('deploy', revision, deployment, session),
    kind: 'deploy',
    unchanged,
    dryRun,
    access,
    ...(edge === undefined || access !== 'open'
      ? {}
      : { url: `${edge}/?kf-dep=${version}&kf-ve=${environment}` }),
  };
}
