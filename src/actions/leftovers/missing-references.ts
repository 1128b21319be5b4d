// What releases and versions name that isn't there, because somebody has removed it by other means than fox.
import type { NamespaceState } from '../../cluster/namespace.ts';
import { FoxError } from '../../core/errors.ts';
import { configurationInForce } from '../../core/release.ts';
import { type BrokenEnvironment, brokenEnvironment } from '../environments/known/usable-environment.ts';

/** Something that is named and isn't there, or can't be used. */
export interface MissingReference {
  readonly app: string;
  readonly kind: 'environment' | 'version' | 'configuration';
  /** Of a configuration, that of its ConfigMap. */
  readonly name: string;
  /** Version that is released there or runs there; for a missing version, its own name. */
  readonly version: string;
  /** Virtual environment that is missing, or in which the missing version or configuration is released. */
  readonly environment: string;
  /** It is what plain traffic goes to. */
  readonly isReleased: boolean;
  /** The environment is there, and can't be used. */
  readonly broken?: BrokenEnvironment;
}

/** Virtual environments, released versions and configurations that are missing, each once per app. */
export function missingReferences(state: NamespaceState): readonly MissingReference[] {
  const stored = new Set(state.versions.map(({ app, name }) => `${app} ${name}`));
  const configurations = new Set(state.configurations.map(({ name }) => name));
  const isUsable = usable(state);
  const missing = new Map<string, MissingReference>();
  const note = (found: MissingReference) => {
    const key = `${found.kind} ${found.app} ${found.name}`;
    if (!missing.has(key)) missing.set(key, found);
  };
  for (const [environment, apps] of state.releases.records) {
    for (const [app, record] of apps) {
      const found = { app, version: record.version, environment, isReleased: true };
      const held = [record, record.previous].flatMap((each) => (each?.config === undefined ? [] : [each]));
      for (const target of held.filter(({ config = '' }) => !configurations.has(config)))
        note({
          ...found,
          kind: 'configuration',
          name: target.config ?? '',
          version: target.version,
          isReleased: target === record,
        });
      const broken = isUsable(environment, record.config);
      if (broken !== undefined) note({ ...found, kind: 'environment', name: environment, ...broken });
      if (!stored.has(`${app} ${record.version}`)) note({ ...found, kind: 'version', name: record.version });
    }
  }
  for (const { app, name: version, runsIn } of state.versions) {
    for (const environment of runsIn) {
      const config = configurationInForce(state.releases.records.get(environment)?.get(app), version);
      const broken = isUsable(environment, config);
      if (broken === undefined) continue;
      note({
        app,
        kind: 'environment',
        name: environment,
        version,
        environment,
        isReleased: false,
        ...broken,
      });
    }
  }
  return [...missing.values()];
}

/** Tells why an environment is missing to what runs there; undefined if it isn't. Who holds on to a configuration needs no more than its name. */
function usable(state: NamespaceState) {
  const existing = new Set(state.environments.map(({ definition }) => definition.name));
  const found = new Map<string, BrokenEnvironment | undefined>();
  return (name: string, config: string | undefined): Pick<MissingReference, 'broken'> | undefined => {
    if (!existing.has(name)) return {};
    if (config !== undefined) return undefined;
    if (!found.has(name)) found.set(name, brokenEnvironment(state, name));
    const broken = found.get(name);
    return broken === undefined ? undefined : { broken };
  };
}

/** One sentence, with the way out. */
export function missingText({
  app,
  kind,
  name,
  version,
  environment,
  isReleased,
  broken,
}: MissingReference): string {
  const again = `\`fox deploy ${version} -e ${environment}\` makes it again`;
  const there = `though ${app} ${version} ${isReleased ? 'is released' : 'runs'} there`;
  if (broken !== undefined)
    return `virtual environment ${environment} can't be used, ${there}: ${broken.why}. ${broken.hints[0] ?? ''}`;
  if (kind === 'environment') return `virtual environment ${environment} doesn't exist, ${there}: ${again}`;
  if (kind === 'version')
    return `${app} ${version} doesn't exist, though it is released in ${environment}: ${again}, from its commit`;
  return isReleased
    ? `ConfigMap ${name} is gone or damaged, though ${app} ${version} is released in ${environment} with the configuration in it: \`fox release ${version} -e ${environment}\` takes one anew, of what ${environment} says now`
    : `ConfigMap ${name} is gone or damaged, so that \`fox rollback -e ${environment}\` can't return to ${app} ${version}: the next release there forgets it`;
}

/**
 * Refuses to remove anything of an app while nobody can tell what it needs.
 * @throws FoxError IN_USE.
 */
export function refuseMissing(state: NamespaceState, app: string): void {
  const [first, ...more] = missingReferences(state).filter((each) => each.app === app);
  if (first === undefined) return;
  throw new FoxError('IN_USE', `${whatText(first)}, so that nobody can tell what ${app} needs`, {
    details: [first, ...more].map(missingText),
    hints: [...mendingHints(first), 'Nothing was removed.'],
  });
}

function whatText({ kind, name, version, environment, broken }: MissingReference): string {
  if (broken !== undefined) return `virtual environment ${name} can't be used`;
  if (kind === 'environment') return `virtual environment ${name} is missing`;
  if (kind === 'version') return `the released version ${name} is missing`;
  return `the configuration of ${version} in ${environment} is missing`;
}

function mendingHints({
  kind,
  version,
  environment,
  isReleased,
  broken,
}: MissingReference): readonly string[] {
  if (broken !== undefined) return broken.hints;
  if (kind !== 'configuration') return [`\`fox deploy ${version} -e ${environment}\` makes it again.`];
  return isReleased
    ? [`\`fox release ${version} -e ${environment}\` takes one anew, of what ${environment} says now.`]
    : [`The next release in ${environment} forgets it: \`fox release <version> -e ${environment}\`.`];
}
