// What releases and versions name that isn't there, because somebody has removed it by other means than fox.
import type { NamespaceState } from '../cluster/namespace.ts';
import { FoxError } from '../core/errors.ts';

/** Something that is named and isn't there. */
export interface MissingReference {
  readonly app: string;
  readonly kind: 'environment' | 'version';
  readonly name: string;
  /** Version that is released there or runs there; for a missing version, its own name. */
  readonly version: string;
  /** Virtual environment that is missing, or in which the missing version is released. */
  readonly environment: string;
  /** It is what plain traffic goes to. */
  readonly isReleased: boolean;
}

/** Virtual environments and released versions that are missing, each once per app. */
export function missingReferences({
  versions,
  environments,
  releases,
}: NamespaceState): readonly MissingReference[] {
  const existing = new Set(environments.map(({ definition }) => definition.name));
  const stored = new Set(versions.map(({ app, name }) => `${app} ${name}`));
  const missing = new Map<string, MissingReference>();
  const note = (found: MissingReference) => {
    const key = `${found.kind} ${found.app} ${found.name}`;
    if (!missing.has(key)) missing.set(key, found);
  };
  for (const [environment, apps] of releases.records) {
    for (const [app, { version }] of apps) {
      const found = { app, version, environment, isReleased: true };
      if (!existing.has(environment)) note({ ...found, kind: 'environment', name: environment });
      if (!stored.has(`${app} ${version}`)) note({ ...found, kind: 'version', name: version });
    }
  }
  for (const { app, name: version, runsIn } of versions) {
    for (const environment of runsIn.filter((name) => !existing.has(name)))
      note({ app, kind: 'environment', name: environment, version, environment, isReleased: false });
  }
  return [...missing.values()];
}

/** One sentence, with the way out. */
export function missingText({ app, kind, version, environment, isReleased }: MissingReference): string {
  const again = `\`fox deploy ${version} -e ${environment}\` makes it again`;
  return kind === 'environment'
    ? `virtual environment ${environment} doesn't exist, though ${app} ${version} ${isReleased ? 'is released' : 'runs'} there: ${again}`
    : `${app} ${version} doesn't exist, though it is released in ${environment}: ${again}, from its commit`;
}

/**
 * Refuses to remove anything of an app while nobody can tell what it needs.
 * @throws FoxError IN_USE.
 */
export function refuseMissing(state: NamespaceState, app: string): void {
  const [first, ...more] = missingReferences(state).filter((each) => each.app === app);
  if (first === undefined) return;
  const what =
    first.kind === 'environment' ? `virtual environment ${first.name}` : `the released version ${first.name}`;
  throw new FoxError('IN_USE', `${what} is missing, so that nobody can tell what ${app} needs`, {
    details: [first, ...more].map(missingText),
    hints: [`\`fox deploy ${first.version} -e ${first.environment}\` makes it again. Nothing was removed.`],
  });
}
