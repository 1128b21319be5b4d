// `fox doctor`: looks at everything that a deploy needs, changes nothing, and says how to mend what isn't right.
import type { BuildTool } from '../core/version/build-tool.ts';
import type { Part } from '../cluster/rights.ts';
import { chooseTarget, type ClusterTarget, embeddedContext } from './place/cluster-target.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { checkBuilder } from './doctor/builder.ts';
import { examineEmbedded } from './doctor/embedded.ts';
import { examine, type Finding, type Limits, problemOf } from './doctor/finding.ts';
import { examineKubernetes } from './doctor/kubernetes.ts';
import { checkGit, checkHome, checkNode } from './doctor/machine.ts';
import { examineProject, type Project } from './doctor/project.ts';
import { checkRegistry } from './doctor/registry.ts';
import { type RoleList, roleFor } from './doctor/role.ts';
import { embeddedPlaces } from './session/embedded-cluster.ts';
import { withRegistryOption } from './place/registry-choice.ts';

export type { Part } from '../cluster/rights.ts';
export type { Finding } from './doctor/finding.ts';

export interface DoctorOptions extends CommonOptions {
  /** Program that builds Dockerfiles. */
  readonly builder?: BuildTool;
}

/** What `fox doctor` found. */
export interface DoctorResult {
  readonly schema: 'fox/v1';
  readonly kind: 'doctor';
  /** No check found a problem. */
  readonly ready: boolean;
  readonly items: readonly Finding[];
}

/** A check is given so long, in ms. */
const patience = 10_000;

/** Looks at everything. Starts nothing, writes nothing that stays, and never fails by what it finds. */
export async function doctor(options: DoctorOptions, context: ActionContext): Promise<DoctorResult> {
  const limits = limitsOf(options, context);
  const project = await examineProject(options, context, limits);
  const { app, place } = project;
  const wanted = options.builder ?? place?.settings.builder;
  const checks: readonly Promise<readonly Finding[]>[] = [
    examine('node', limits, async () => [checkNode()]),
    examine('git', limits, async () => [await checkGit(context.cwd)]),
    Promise.resolve(project.findings),
    // Without a repository there is nothing to keep state of.
    project.root === undefined
      ? nothing
      : examine('home', limits, async () => [await checkHome(project.home)]),
    examine('builder', limits, async (signal) => [await checkBuilder({ app, wanted }, context, signal)]),
    examineCluster(options, project, context, limits),
  ];
  const items = (await Promise.all(checks)).flat();
  return {
    schema: 'fox/v1',
    kind: 'doctor',
    ready: items.every(({ status }) => status !== 'problem'),
    items,
  };
}

/** The Role that a part needs in the namespace that is meant. @throws FoxError USAGE, CLUSTER_NOT_CONFIGURED. */
export async function doctorRole(
  options: CommonOptions & { readonly role: Part },
  context: ActionContext,
): Promise<RoleList> {
  const limits = limitsOf(options, context);
  const { home, place } = await examineProject(options, context, limits);
  const settings = withRegistryOption(place?.settings ?? {}, options);
  return roleFor(options.role, { home, settings, target: chooseTarget(settings, options) }, context, limits);
}

/** No check. */
const nothing: Promise<readonly Finding[]> = Promise.resolve([]);

function limitsOf({ timeout = patience }: CommonOptions, { signal }: ActionContext): Limits {
  return { signal, patience: timeout };
}

/** The cluster that is meant, and the registry that it gets its images from. */
async function examineCluster(
  options: CommonOptions,
  project: Project,
  context: ActionContext,
  limits: Limits,
): Promise<readonly Finding[]> {
  const { home, place } = project;
  const settings = withRegistryOption(place?.settings ?? {}, options);
  let target: ClusterTarget;
  try {
    target = chooseTarget(settings, options);
  } catch (error) {
    return [problemOf('cluster', error)];
  }
  if (target.kind === 'embedded') {
    return examineEmbedded(
      embeddedPlaces(home, context.installation).home,
      whyEmbedded(options, project),
      limits,
      settings,
    );
  }
  const { registry } = settings;
  const pushed = { name: place?.app ?? 'fox-doctor', app: project.app };
  const found = await Promise.all([
    registry === undefined
      ? nothing
      : examine('registry', limits, async (signal) => [
          await checkRegistry(registry, pushed, context, signal),
        ]),
    examineKubernetes({ home, target, settings }, context, limits),
  ]);
  return found.flat();
}

function whyEmbedded({ context }: CommonOptions, { place }: Project): string {
  if (context === embeddedContext) return 'named by --context or FOX_CONTEXT';
  return place === undefined ? 'unless a config names another' : 'as the config names no other';
}
