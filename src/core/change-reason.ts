// Why a component needs a workload of its own: what differs from the latest version that has the component.
import type { Environment } from './environment.ts';
import { deepHashes, ownHash } from './identity.ts';
import type { ManifestComponent, PodTemplate, VersionManifest } from './manifest.ts';
import type { RunningVersion } from './wanted.ts';

/** A version in an environment. */
interface Pair {
  readonly manifest: VersionManifest;
  readonly environment: Environment;
}

/** One sentence fragment: what changed in `name` since the latest of `versions` (oldest first) that has it. */
export function changeReason(
  name: string,
  now: Pair,
  versions: readonly RunningVersion[],
  known: ReadonlyMap<string, Environment>,
): string {
  const base = versions.findLast(({ manifest }) => manifest.components[name] !== undefined);
  const before = base?.manifest.components[name];
  const after = now.manifest.components[name];
  if (base === undefined || before === undefined || after === undefined) return 'new component';
  const since = base.manifest.version;
  if (before.sourceHash !== after.sourceHash) return sourceReason(before, after, since);
  if (before.templateHash !== after.templateHash) return `${templateChanges(before.template, after.template)} changed since ${since}`;

  const environment = known.get(base.runsIn.at(-1) ?? '') ?? now.environment;
  if (ownHash(before, environment) !== ownHash(after, now.environment)) return `its variables have other values in ${now.environment.name}`;
  if (before.forwardsContext !== after.forwardsContext) {
    return after.forwardsContext ? `declares forwardsContext, unlike in ${since}` : `no longer declares forwardsContext, unlike in ${since}`;
  }
  const callees = changedCallees(name, now, { manifest: base.manifest, environment });
  if (callees.length === 0) return `differs from ${since}`;
  return `calls ${callees.join(', ')}, changed since ${since}, and forwards no context: runs once per version`;
}

function sourceReason(before: ManifestComponent, after: ManifestComponent, since: string): string {
  return before.tree === after.tree ? `its shared files, path or build settings changed since ${since}` : `its files changed since ${since}`;
}

function templateChanges(before: PodTemplate, after: PodTemplate): string {
  const keys = ['command', 'port', 'calls', 'env', 'healthPath'] as const;
  const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return changed.join(', ').replace('healthPath', 'health');
}

function changedCallees(name: string, now: Pair, base: Pair): string[] {
  const after = deepOf(now);
  const before = deepOf(base);
  const calls = now.manifest.components[name]?.template.calls ?? [];
  return calls.filter((callee) => before.get(callee) !== after.get(callee));
}

function deepOf({ manifest, environment }: Pair): Map<string, string> {
  const own = new Map(Object.entries(manifest.components).map(([name, component]) => [name, ownHash(component, environment)]));
  return deepHashes(own, (name) => manifest.components[name]?.template.calls ?? []);
}
