// What marked requests have shown of each component: whether it passes the context on, and what follows from that.
import type { ProbeSighting, ProbedCalls } from '../../core/routing/router-report.ts';
import type { Environment } from '../../core/environments/environment.ts';
import { type RunningVersion, wantedWorkloads } from '../../core/plan/wanted.ts';
import type { ManifestComponent, VersionManifest } from '../../core/version/manifest.ts';
import { runsNode } from '../../core/version/propagation.ts';

/** `keeps`: all its calls carried the context · `loses`: some did not · `unclear`: {@link ComponentPropagation.reason} says why. */
export type Verdict = 'keeps' | 'loses' | 'unclear';

/** What was seen of a component that calls others. */
export interface ComponentPropagation {
  readonly component: string;
  readonly verdict: Verdict;
  /** Why it is unclear: no request reached it, it made no calls, or these may belong to other requests. */
  readonly reason?: 'not-reached' | 'no-calls' | 'other-requests';
  /** It declares that it passes the context on. */
  readonly forwardsContext: boolean;
  /** What fox does for that. */
  readonly propagation?: 'node';
  readonly calls: readonly ProbedCalls[];
  /** What to do about it. */
  readonly advice?: 'declare-forwards-context' | 'propagation-node' | 'fix-or-undeclare';
  /** Pods that it would save if it declared it. */
  readonly podsSaved?: number;
}

/** What is live, so that one sees what a declaration would change. */
export interface LiveVersions {
  readonly versions: readonly RunningVersion[];
  readonly known: ReadonlyMap<string, Environment>;
}

/**
 * Verdicts for all components of a version that may call others.
 * @param sightings those of all routers. @param elsewhere calls without a context, by component, that some router has
 * counted meanwhile and can't tell whose they were.
 */
export function propagationVerdicts(
  manifest: VersionManifest,
  sightings: readonly ProbeSighting[],
  elsewhere: ReadonlyMap<string, number>,
  live: LiveVersions,
): ComponentPropagation[] {
  return Object.entries(manifest.components)
    .filter(([, { template }]) => template.calls.length > 0)
    .map(([component, definition]) => {
      const own = sightings.filter((each) => each.app === manifest.app && each.component === component);
      const judged = judge(own, elsewhere.get(component) ?? 0);
      const { forwardsContext, template } = definition;
      return {
        component,
        ...judged,
        forwardsContext,
        ...(template.propagation === undefined ? {} : { propagation: 'node' as const }),
        ...adviceFor(component, definition, judged.verdict, manifest.app, live),
      };
    });
}

function judge(
  sightings: readonly ProbeSighting[],
  elsewhere: number,
): Pick<ComponentPropagation, 'verdict' | 'reason' | 'calls'> {
  const calls = joinCalls(sightings);
  const carried = sum(calls.map((each) => each.carried));
  const without = sum(calls.map((each) => each.without));
  const surely = sum(
    sightings.filter(({ isShared }) => !isShared).flatMap((each) => each.calls.map((call) => call.without)),
  );
  if (surely > 0) return { verdict: 'loses', calls };
  if (without > 0 || elsewhere > 0) return { verdict: 'unclear', reason: 'other-requests', calls };
  if (carried > 0) return { verdict: 'keeps', calls };
  return { verdict: 'unclear', reason: sightings.length === 0 ? 'not-reached' : 'no-calls', calls };
}

/** Calls by callee, those of all routers together. */
function joinCalls(sightings: readonly ProbeSighting[]): ProbedCalls[] {
  const joined = new Map<string, ProbedCalls>();
  for (const { callee, carried, without } of sightings.flatMap(({ calls }) => calls)) {
    const known = joined.get(callee) ?? { callee, carried: 0, without: 0 };
    joined.set(callee, { callee, carried: known.carried + carried, without: known.without + without });
  }
  return [...joined.values()].toSorted((a, b) => a.callee.localeCompare(b.callee, 'en'));
}

function adviceFor(
  component: string,
  { forwardsContext, template }: ManifestComponent,
  verdict: Verdict,
  app: string,
  live: LiveVersions,
): Pick<ComponentPropagation, 'advice' | 'podsSaved'> {
  if (verdict === 'unclear') return {};
  if (verdict === 'loses' && forwardsContext) return { advice: 'fix-or-undeclare' };
  if (forwardsContext) return {};
  const podsSaved = podsSavedBy(app, component, live);
  if (verdict === 'keeps') return { advice: 'declare-forwards-context', podsSaved };
  return runsNode(template.command) ? { advice: 'propagation-node', podsSaved } : {};
}

/** Pods that all versions of an app would want less, if a component declared in each of them that it forwards the context. */
export function podsSavedBy(app: string, component: string, { versions, known }: LiveVersions): number {
  const own = versions.filter(({ manifest }) => manifest.app === app);
  const declared = own.map((version) => ({ ...version, manifest: declaring(version.manifest, component) }));
  return podsOf(own, known) - podsOf(declared, known);
}

function podsOf(versions: readonly RunningVersion[], known: LiveVersions['known']): number {
  return sum([...wantedWorkloads(versions, known).values()].map(({ replicas }) => replicas));
}

function declaring(manifest: VersionManifest, name: string): VersionManifest {
  const component = manifest.components[name];
  if (component === undefined) return manifest;
  const components = { ...manifest.components, [name]: { ...component, forwardsContext: true } };
  return { ...manifest, components };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
