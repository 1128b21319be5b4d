// Identity as a Merkle tree: source, template, own, deep and workload hashes. What has the same hash is the same.
import type { Build } from './app.ts';
import { contentHash, type Json } from './canonical.ts';
import { type Environment, resolveSecrets, resolveVariables } from '../environments/environment.ts';
import { deepHashes, type RequestScope, type RequestValues } from './deep-hashes.ts';
import { manifestFormat, type ManifestComponent, type PodTemplate } from './manifest.ts';
import { stronglyConnected } from './strongly-connected.ts';

/** Platforms that images are built for unless the config says otherwise. */
export const defaultPlatforms = ['linux/amd64'] as const;

/** What a component's image is made of, as git knows it. */
export interface SourceDocument {
  readonly component: string;
  /** Directory, relative to the repository's root: its place in the image. `''` also where there is none. */
  readonly path: string;
  /** Git tree id of `path`, or `''`. */
  readonly tree: string;
  /** What it is built for; absent: {@link defaultPlatforms}. */
  readonly platforms?: readonly string[];
  /** Git object id of each shared path, by path relative to the repository's root. */
  readonly shared: Readonly<Record<string, string>>;
  readonly build: Build;
}

/** Identity of what is built (64 hex digits): two components with it have the same image. */
export function sourceHash(source: SourceDocument): string {
  const { component, path, tree, shared, build, platforms = defaultPlatforms } = source;
  return contentHash('fox-source', {
    format: manifestFormat,
    component,
    path,
    tree,
    shared,
    build: buildJson(build),
    platforms: [...platforms].toSorted(),
  });
}

function buildJson(build: Build): Json {
  return 'args' in build ? { ...build, args: { ...build.args } } : { ...build };
}

/**
 * Identity of a pod template (64 hex digits): source, pod settings, names and types of variables; not replicas. A setting
 * that isn't given leaves no trace, so that settings which a later fox knows change no hash of those who don't use them.
 */
export function templateHash(source: string, template: PodTemplate): string {
  return contentHash('fox-template', { format: manifestFormat, source, ...hashedSettings(template) });
}

/** What of a template enters its hash. */
export function hashedSettings(template: PodTemplate): { readonly [key: string]: Json } {
  const types = Object.entries(template.env).map(
    ([name, { type, bind }]) => [name, bind === undefined ? type : `${type} per ${bind}`] as const,
  );
  return { ...template, env: Object.fromEntries(types) } as unknown as { readonly [key: string]: Json };
}

/** What of a component decides its workload hash. */
export interface HashedComponent extends Pick<ManifestComponent, 'templateHash' | 'forwardsContext'> {
  readonly template: Pick<PodTemplate, 'calls' | 'env' | 'secrets'>;
}

/**
 * The {@link contentHash} for documents about an owner. Who asks for one environment after the other may give one that
 * remembers; who asks once for each, and keeps the answers, as routers do, would pay for it twice.
 */
export type HashOf = (owner: object) => typeof contentHash;

const forgetful: HashOf = () => contentHash;

/**
 * Identity of a component in an environment (64 hex digits): template, the values of its process variables, and the
 * fingerprints of its secrets.
 */
export function ownHash(
  component: HashedComponent,
  environment: Environment,
  hashOf: HashOf = forgetful,
): string {
  const { template } = component;
  const { values } = resolveVariables(template, environment, 'process');
  const secrets = resolveSecrets(template, environment);
  // Manifests that differ in images only have their templates in common.
  return hashOf(template)('fox-own', {
    template: component.templateHash,
    values,
    ...(template.secrets === undefined ? {} : { secrets }),
  });
}

/** Whether what a component answers depends on the environment of each request, and not on its process alone. */
export function isScopedByRequest({ template }: Pick<HashedComponent, 'template'>): boolean {
  return Object.values(template.env).some(({ bind }) => bind === 'request');
}

/**
 * Workload hash (64 hex digits) per component of a version in an environment: the own hash for components that forward
 * the context, else the deep hash, which covers everything that can be reached by calls; and the environment's name, where
 * something that can be reached needs to know which environment a request belongs to, with what decides what that is told.
 */
export function workloadHashes(
  { components }: { readonly components: Readonly<Record<string, HashedComponent>> },
  environment: Environment,
  hashOf: HashOf = forgetful,
): Map<string, string> {
  const { own, deep } = hashesOf(components, environment, hashOf);
  return new Map(
    Object.entries(components).map(([name, component]) => {
      const hash = component.forwardsContext ? own.get(name) : deep.get(name);
      return [name, hash ?? missing(name)];
    }),
  );
}

/** Deep hash per component of a version in an environment. */
export function deepHashesOf(
  components: Readonly<Record<string, HashedComponent>>,
  environment: Environment,
): Map<string, string> {
  return hashesOf(components, environment, forgetful).deep;
}

function hashesOf(
  components: Readonly<Record<string, HashedComponent>>,
  environment: Environment,
  hashOf: HashOf,
) {
  const own = new Map<string, string>();
  for (const [name, component] of Object.entries(components))
    own.set(name, ownHash(component, environment, hashOf));
  const calls = (name: string) => components[name]?.template.calls ?? [];
  const circles = circlesByComponents.get(components) ?? stronglyConnected([...own.keys()], calls);
  circlesByComponents.set(components, circles);
  const deep = deepHashes(
    own,
    calls,
    (name) => components[name]?.forwardsContext ?? false,
    requestScope(components, environment),
    { circles, hash: hashOf(components) },
  );
  return { own, deep };
}

/** Who calls whom is the same in all environments. */
const circlesByComponents = new WeakMap<object, readonly (readonly string[])[]>();

/**
 * Whether some of a version's workloads run once per environment, whatever values that has: those that forward no context
 * and are above a component that needs to know the environment of each request.
 */
export function isPerEnvironment(components: Readonly<Record<string, HashedComponent>>): boolean {
  const all = Object.entries(components);
  const reached = new Set(all.flatMap(([name, component]) => (isScopedByRequest(component) ? [name] : [])));
  for (const callee of reached) {
    for (const [name, { template, forwardsContext }] of all) {
      if (!template.calls.includes(callee)) continue;
      if (!forwardsContext) return true;
      reached.add(name);
    }
  }
  return false;
}

function requestScope(
  components: Readonly<Record<string, HashedComponent>>,
  environment: Environment,
): RequestScope {
  const scoped = Object.entries(components).filter(([, component]) => isScopedByRequest(component));
  const told = new Map(scoped.map(([name, component]) => [name, toldWithRequests(component, environment)]));
  const { name, configuration } = environment;
  return {
    environment: configuration === undefined ? name : `${name} as released`,
    told: (component) => told.get(component),
  };
}

/**
 * What decides the values that a component is given with each request, beside what its environment says at that moment:
 * the version's defaults. Of an environment that a release holds on to, the values themselves, as they don't change.
 */
function toldWithRequests({ template }: HashedComponent, environment: Environment): RequestValues {
  const { name, configuration } = environment;
  const fixed = configuration === undefined ? { name, vars: {} } : environment;
  return resolveVariables(template, fixed, 'request').values;
}

function missing(name: string): never {
  throw new Error(`no hash of ${name}: calls must name components of the version`);
}
