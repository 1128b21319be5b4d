// `fox plan`: what a deploy would do, and why, without doing it.
import type { BuildTool } from '../core/version/build-tool.ts';
import type { PlannedComponent } from '../core/plan/plan.ts';
import { workloadKey } from '../core/version/workload.ts';
import {
  type ClusterSession,
  clusterSummary,
  type ClusterSummary,
  withClusterSnapshot,
} from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { type DeploymentPlan, planDeployment } from './deploy/deployment-plan.ts';
import { requireEnvironmentName } from './lookup/lookup.ts';
import { readRevision, refuseUncommitted, type Revision } from './place/revision.ts';
import type { RevisionOptions } from './place/version-name.ts';
import { scaledWorkload, type ScaledWorkload } from './rollout/scaling.ts';
import { refuseOtherDefault } from './lookup/default-environment.ts';
import { withWorkspace } from './place/workspace.ts';

/** Options of plan and deploy. */
export interface DeployOptions extends CommonOptions, RevisionOptions {
  /** Program that builds Dockerfiles. */
  readonly builder?: BuildTool;
  readonly virtualEnv?: string;
  readonly dryRun?: boolean;
  /** Take over fields of Services, autoscalers and budgets that somebody else manages. */
  readonly forceConflicts?: boolean;
}

/** A plan as it is shown. */
export interface PlanResult {
  readonly schema: 'fox/v1';
  readonly kind: 'plan' | 'deploy';
  readonly app: string;
  readonly cluster: ClusterSummary;
  readonly version: string;
  readonly commit: string;
  readonly virtualEnv: string;
  readonly mutable: boolean;
  readonly dirty: boolean;
  /** The version exists already, exactly so. */
  readonly exists: boolean;
  readonly components: readonly PlannedComponent[];
  /** Images to build (plan), or built (deploy). */
  readonly builds: number;
  readonly workloads: { readonly create: number; readonly keep: number };
  /** Components whose existing workloads get other settings of those that make no new pods. */
  readonly settings: readonly string[];
  /** Existing workloads that get other numbers of pods, by name; of any version of the app where nobody wants as many. */
  readonly scale: readonly ScaledWorkload[];
  /** Names of Services to make or to mend. */
  readonly services: readonly string[];
  /** Its workloads that no other virtual environment runs, because of what this one says, and their pods. */
  readonly forks: { readonly workloads: number; readonly pods: number };
  /** Pods of the app, over all its versions. */
  readonly pods: { readonly before: number; readonly after: number };
}

/** Plans a deployment; reads git and the cluster, also a stopped one, and writes nothing. */
export async function plan(options: DeployOptions, context: ActionContext): Promise<PlanResult> {
  return withWorkspace(context, options, async (workspace) => {
    const environment = options.virtualEnv ?? workspace.defaultEnvironment;
    requireEnvironmentName(environment);
    const reading = readRevision(workspace, options, context);
    // Awaited beside the cluster's answer; a failure before that must not end the process.
    reading.catch(() => undefined);
    return withClusterSnapshot(workspace, context, async (session) => {
      const { namespace, images } = session;
      const [revision, state] = await Promise.all([reading, namespace.observe()]);
      refuseOtherDefault(state, environment, workspace.defaultEnvironment);
      const deployment = await planDeployment(revision.manifest, environment, state, images);
      await refuseUncommitted(revision);
      return planResult('plan', revision, deployment, session);
    });
  });
}

/** A plan in the form that is shown. */
export function planResult(
  kind: PlanResult['kind'],
  revision: Revision,
  { plan: made, manifest, environments, isStored, services }: DeploymentPlan,
  session: ClusterSession,
): PlanResult {
  return {
    schema: 'fox/v1',
    kind,
    app: manifest.app,
    cluster: clusterSummary(session),
    version: manifest.version,
    commit: revision.commit,
    virtualEnv: environments[0].name,
    mutable: manifest.mutable,
    dirty: manifest.dirty,
    exists: isStored && made.create.length === 0,
    components: made.components,
    builds: made.build.length,
    workloads: { create: made.create.length, keep: made.keep.length },
    settings: adjusted(made),
    scale: [...made.scale, ...made.fewer].map(scaledWorkload),
    services: services.apply.map(({ name }) => name),
    forks: forksOf(made),
    pods: made.pods,
  };
}

function forksOf({ components }: DeploymentPlan['plan']): PlanResult['forks'] {
  const forks = components.flatMap(({ fork }) => fork ?? []);
  return { workloads: forks.length, pods: forks.reduce((sum, { pods }) => sum + pods, 0) };
}

function adjusted({ settle, keep }: DeploymentPlan['plan']): string[] {
  const kept = new Set(keep.map(workloadKey));
  return [
    ...new Set(
      settle
        .filter(({ workload }) => kept.has(workloadKey(workload)))
        .map(({ workload }) => workload.component),
    ),
  ];
}
