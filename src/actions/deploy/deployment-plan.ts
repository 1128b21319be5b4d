// Joins what git says and what the cluster has into a plan: shared by `plan`, `build` and `deploy`.
import type { NamespaceState } from '../../cluster/namespace.ts';
import { FoxError } from '../../core/errors.ts';
import type { StoredVersion } from '../../cluster/objects/version-object.ts';
import type { DeployedWorkload } from '../../cluster/objects/workload-object.ts';
import { emptyEnvironment, type Environment } from '../../core/environments/environment.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { sameContent, type VersionManifest } from '../../core/version/manifest.ts';
import { makePlan, type Plan } from '../../core/plan/plan.ts';
import type { ServicePlan } from '../../core/plan/service-plan.ts';
import { environmentFor } from '../../core/plan/wanted.ts';
import { workloadKey, workloadsOf } from '../../core/version/workload.ts';
import { type ImageReference, type ImageStore, isWholeReference } from '../../images/image-store.ts';
import { refuseInvalid, refuseOtherCommit, refuseReleased, refuseTies } from './deployment-refusals.ts';
import { missingReferences } from '../leftovers/missing-references.ts';
import { replicasSetBy } from '../rollout/scaling.ts';
import { notedSettings, servicesWith } from '../rollout/settle-plan.ts';
import { usableEnvironment } from '../environments/known/usable-environment.ts';

/** A plan with what it was made from. */
export interface DeploymentPlan {
  readonly plan: Plan;
  /** The version with all images that are known so far. */
  readonly manifest: VersionManifest;
  /** Environments in which the version is to run; the first is the one asked for. */
  readonly environments: readonly [Environment, ...Environment[]];
  /** The version of that name that exists already. */
  readonly existing?: StoredVersion;
  /** It exists and says the same, whichever images were built from it. */
  readonly isStored: boolean;
  /** Services that have to be there before it runs; nothing is removed before the version is written. */
  readonly services: ServicePlan;
  /** Names of workloads to create that exist, but can't run: their images are gone. */
  readonly lost: readonly string[];
}

/** Plans the deployment of a version into an environment. Reads nothing but images. */
export async function planDeployment(
  draft: VersionManifest,
  environmentName: string,
  state: NamespaceState,
  images: ImageStore,
): Promise<DeploymentPlan> {
  const existing = state.versions.find(({ app, name }) => app === draft.app && name === draft.version);
  if (existing !== undefined) refuseOtherCommit(existing, draft);
  // What exists decides: a name that follows a branch goes on doing so, a named version stays immutable.
  const named = { ...draft, mutable: existing?.mutable ?? draft.mutable };
  const known: Map<string, Environment> = environmentsByName(state);
  const asked = askedEnvironment(existing, environmentName, state);
  if (!known.has(environmentName)) known.set(environmentName, asked);
  const elsewhere = (existing?.runsIn ?? []).filter((name) => name !== environmentName);
  const others = elsewhere.flatMap((name) => environmentFor(existing ?? {}, name, known) ?? []);
  const environments: [Environment, ...Environment[]] = [asked, ...others];
  const isStored = existing !== undefined && sameContent(existing.manifest, named);
  if (existing !== undefined && !isStored) refuseReleased(existing, state);
  refuseInvalid(named, environments, state);
  refuseTies(named, environments, state);
  const services = servicesWith(named, state);
  const lost = await withoutImage(draft.app, state, images);
  const workloads = state.workloads.filter((each) => !lost.has(each));
  const running = new Map(
    workloads.filter(({ app }) => app === draft.app).map((each) => [workloadKey(each), each.replicas]),
  );
  const manifest = withImages(named, await knownImages(named, environments, { ...state, workloads }, images));
  const ofApp = state.versions.filter(({ app }) => app === draft.app);
  const plan = makePlan({
    manifest,
    environments,
    versions: ofApp.filter((version) => version !== existing),
    replaces: existing,
    position: existing === undefined ? undefined : ofApp.indexOf(existing),
    known,
    running,
    noted: notedSettings(workloads),
    setBy: replicasSetBy(workloads),
    isUnclear: missingReferences(state).some(({ app }) => app === draft.app),
  });
  const created = new Set(plan.create.map(workloadKey));
  const again = [...lost].filter((each) => created.has(workloadKey(each))).map(({ name }) => name);
  return {
    plan,
    manifest,
    environments,
    services,
    lost: again,
    isStored,
    ...(existing === undefined ? {} : { existing }),
  };
}

/** Workloads that don't run and never will: somebody has removed their images. They count as missing. */
async function withoutImage(
  app: string,
  { workloads }: NamespaceState,
  images: ImageStore,
): Promise<Set<DeployedWorkload>> {
  // A prebuilt image is in a registry of others; a store that doesn't remember it says nothing of that.
  const idle = workloads.filter(
    (workload) =>
      workload.app === app &&
      workload.replicas > 0 &&
      workload.available === 0 &&
      !isWholeReference(workload.image),
  );
  if (idle.length === 0) return new Set();
  const found = await images.find(idle);
  return new Set(idle.filter(({ sourceHash }) => !found.has(sourceHash)));
}

/** Digests by source hash: of what runs everywhere, as recorded; of the rest, where the image store has them. */
async function knownImages(
  manifest: VersionManifest,
  environments: readonly Environment[],
  state: Pick<NamespaceState, 'workloads' | 'versions'>,
  images: ImageStore,
): Promise<Map<string, string>> {
  const running = new Set(state.workloads.map(workloadKey));
  const known = new Map(state.workloads.map(({ sourceHash, image }) => [sourceHash, image]));
  const missing = new Map<string, ImageReference>();
  for (const workload of environments.flatMap((environment) => [
    ...workloadsOf(manifest, environment).values(),
  ])) {
    if (running.has(workloadKey(workload))) continue;
    const { app, component, definition } = workload;
    const { sourceHash, build = {} } = definition;
    missing.set(component, { app, component, sourceHash, ...('image' in build ? { prebuilt: true } : {}) });
    known.delete(sourceHash);
  }
  const found = missing.size === 0 ? new Map<string, string>() : await images.find([...missing.values()]);
  return new Map([...resolvedBefore(state), ...known, ...found]);
}

/** What prebuilt images were resolved to, by the cluster's memory: not every store remembers it. */
function* resolvedBefore({
  versions,
  workloads,
}: Pick<NamespaceState, 'workloads' | 'versions'>): Generator<[string, string]> {
  const components = versions.flatMap(({ manifest }) => Object.values(manifest.components));
  for (const { sourceHash, image } of [...components, ...workloads])
    if (isWholeReference(image)) yield [sourceHash, image];
}

/** The manifest with the digests that are known, by source hash. */
export function withImages(manifest: VersionManifest, digests: ReadonlyMap<string, string>): VersionManifest {
  const components = Object.entries(manifest.components).map(([name, component]) => [
    name,
    { ...component, image: digests.get(component.sourceHash) ?? component.image },
  ]);
  return { ...manifest, components: Object.fromEntries(components) };
}

/** What the version is to run with where it was asked for. @throws FoxError REFUSED if that can't be used. */
function askedEnvironment(
  existing: StoredVersion | undefined,
  name: string,
  state: NamespaceState,
): Environment {
  if (existing?.lost.includes(name) === true) throw lostConfiguration(existing, name);
  const held = environmentFor(existing ?? {}, name, new Map());
  return held ?? usableEnvironment(state, name) ?? emptyEnvironment(name);
}

/** Only a release decides what takes its place. */
function lostConfiguration({ app, name }: StoredVersion, environment: string): FoxError {
  return new FoxError(
    'REFUSED',
    `the configuration that ${name} of ${app} was released with in ${environment} is gone`,
    {
      hints: [
        `\`fox release ${name} -e ${environment}\` takes one anew, of what ${environment} says now.`,
        'Nothing was changed.',
      ],
    },
  );
}
