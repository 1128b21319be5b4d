// Why a component needs a workload of its own: what differs from the latest version that has the component.
import { canonicalJson } from '../version/canonical.ts';
import type { Environment } from '../environments/environment.ts';
import { ownDifferences, scopedBelow } from './fork.ts';
import { deepHashesOf, hashedSettings, ownHash } from '../version/identity.ts';
import type { ManifestComponent, PodTemplate, VersionManifest } from '../version/manifest.ts';
import { environmentFor, type RunningVersion } from './wanted.ts';

/** A version in an environment. */
interface Pair {
  readonly manifest: VersionManifest;
  readonly environment: Environment;
}

/** Explains components of one version; what it computes for one of them, it keeps for the next. */
export interface ChangeExplainer {
  /** One sentence fragment: what changed in a component since the latest version that has it. */
  (component: string): string;
}

/** An explainer for `now`, compared with `versions` (oldest first; the last one may be what `now` replaces). */
export function changeExplainer(
  now: Pair,
  versions: readonly RunningVersion[],
  known: ReadonlyMap<string, Environment>,
): ChangeExplainer {
  const deep = new Map<VersionManifest, Map<string, string>>();
  const deepOf = ({ manifest, environment }: Pair) => {
    const hashes = deep.get(manifest) ?? deepHashesOf(manifest.components, environment);
    deep.set(manifest, hashes);
    return hashes;
  };
  return (name) => {
    const base = versions.findLast(({ manifest }) => manifest.components[name] !== undefined);
    const before = base?.manifest.components[name];
    const after = now.manifest.components[name];
    if (base === undefined || before === undefined || after === undefined) return 'new component';
    const environment = environmentFor(base, placeOf(base, now.environment), known) ?? now.environment;
    const isItself = base.manifest.version === now.manifest.version;
    const since = isItself ? 'the last deployment' : base.manifest.version;
    const own = ownReason(before, after, { environment, since, now: now.environment });
    if (own !== undefined) return own;
    const [deepNow, deepBefore] = [deepOf(now), deepOf({ manifest: base.manifest, environment })];
    const differs = (each: string) => deepNow.get(each) !== deepBefore.get(each);
    const callees = after.template.calls.filter(differs);
    if (!after.forwardsContext && callees.length > 0)
      return `calls ${callees.join(', ')}, changed since ${since}, and forwards no context: runs once per version`;
    if (!after.forwardsContext && differs(name)) {
      const told = scopedBelow(now.manifest, name).join(', ');
      return `${told}, called by it, may be told other values per request than ${whereText(since, environment, now.environment)}, and it forwards no context`;
    }
    // Its workload is that version's, too; but that is gone, or was never asked for where anything runs.
    return isItself ? 'unchanged, but its pods are gone' : `unchanged since ${since}, which runs nowhere`;
  };
}

/** Where a version is compared with what it is to be in an environment: there, if it runs there, else where it was last asked for. */
function placeOf({ runsIn }: RunningVersion, { name }: Environment): string {
  return runsIn.includes(name) ? name : (runsIn.at(-1) ?? '');
}

/** `in v1` · `v1 has in dev` */
function whereText(since: string, there: Environment, here: Environment): string {
  return there.name === here.name ? `in ${since}` : `${since} has in ${there.name}`;
}

/** What changed in the component itself, if anything did. */
function ownReason(
  before: ManifestComponent,
  after: ManifestComponent,
  { environment, since, now }: { environment: Environment; since: string; now: Environment },
): string | undefined {
  if (before.sourceHash !== after.sourceHash) return sourceReason(before, after, since);
  if (before.templateHash !== after.templateHash)
    return `${templateChanges(before.template, after.template)} changed since ${since}`;
  if (ownHash(before, environment) !== ownHash(after, now)) {
    const names = ownDifferences(
      { template: before.template, environment },
      { template: after.template, environment: now },
    );
    const than = whereText(since, environment, now);
    return `${names.join(', ')} ${names.length === 1 ? 'has another value' : 'have other values'} than ${than}`;
  }
  if (before.forwardsContext === after.forwardsContext) return undefined;
  return after.forwardsContext
    ? `declares forwardsContext, unlike in ${since}`
    : `no longer declares forwardsContext, unlike in ${since}`;
}

function sourceReason(before: ManifestComponent, after: ManifestComponent, since: string): string {
  return before.tree === after.tree
    ? `its shared files, path or build settings changed since ${since}`
    : `its files changed since ${since}`;
}

function templateChanges(before: PodTemplate, after: PodTemplate): string {
  const [was, is] = [hashedSettings(before), hashedSettings(after)];
  const changed = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (key) => canonicalJson(was[key] ?? null) !== canonicalJson(is[key] ?? null),
  );
  return [...new Set(changed.map((key) => configKeys[key] ?? key))].join(', ');
}

/** Names that the config has for parts of a template, where they differ. */
const configKeys: Readonly<Record<string, string>> = {
  healthPath: 'health',
  probes: 'health',
  references: 'env',
};
