// What keeps a version from being deployed, found before anything is built or changed.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { StoredVersion } from '../../cluster/objects/version-object.ts';
import type { Environment } from '../../core/environments/environment.ts';
import { FoxError } from '../../core/errors.ts';
import type { VersionManifest } from '../../core/version/manifest.ts';
import type { ActionContext } from '../context.ts';
import { problemsIn } from '../environments/known/environment-problems.ts';
import { policyText } from '../release/release-choice.ts';
import { releaseTies } from '../release/release-ties.ts';
import { brokenEnvironment, usableEnvironment } from '../environments/known/usable-environment.ts';

/** Refuses to make something else of a version that has a name of its own. @throws FoxError VERSION_IMMUTABLE. */
export function refuseOtherCommit(existing: StoredVersion, draft: VersionManifest): void {
  if (existing.mutable) return;
  if (existing.commit === draft.commit && !draft.dirty) return;
  const what = draft.dirty ? 'uncommitted changes' : `commit ${draft.commit.slice(0, 12)}`;
  throw new FoxError(
    'VERSION_IMMUTABLE',
    `version ${draft.version} of ${draft.app} was deployed from commit ${existing.commit.slice(0, 12)}; it can't be changed to ${what}`,
    {
      hints: [
        'Choose another name: `fox deploy <version>`.',
        `Or deploy it as it was: \`fox deploy ${draft.version} --commit ${existing.commit.slice(0, 12)}\`.`,
      ],
    },
  );
}

/**
 * Refuses to change what plain traffic gets where only named versions may, or where nobody can tell what that needs.
 * @throws FoxError REFUSED.
 */
export function refuseReleased({ app, name, mutable }: StoredVersion, state: NamespaceState): void {
  if (!mutable) return;
  const released = [...state.releases.records].filter(([, apps]) => apps.get(app)?.version === name);
  for (const [environment] of released) {
    const known = usableEnvironment(state, environment);
    if (known?.policy !== 'stable') continue;
    throw new FoxError('REFUSED', `${app} ${name} is released in ${environment}, and ${policyText(known)}`, {
      hints: [
        `Deploy this under a name, and release that: \`fox deploy <version>\`, then \`fox release <version> -e ${environment}\`.`,
        `Or allow changes there: \`fox env set -e ${environment} --policy testing\`.`,
      ],
    });
  }
}

/** Refuses values that are missing or not right, all at once. @throws FoxError REFUSED. */
export function refuseInvalid(
  manifest: VersionManifest,
  environments: readonly Environment[],
  state: NamespaceState,
): void {
  const { lines, hints } = problemsIn(manifest, environments, state);
  if (lines.length === 0) return;
  const what = lines.length === 1 ? 'a value is' : 'values are';
  throw new FoxError('REFUSED', `version ${manifest.version} can't run: ${what} missing or not right`, {
    details: lines,
    hints,
  });
}

/**
 * Refuses routes that would tie with those of other apps, where a version that can change is released: plain traffic gets its
 * routes as soon as they are stored. @throws FoxError REFUSED.
 */
export function refuseTies(
  manifest: VersionManifest,
  environments: readonly Environment[],
  state: NamespaceState,
): void {
  const { app, version } = manifest;
  const released = environments.filter(
    ({ name }) => state.releases.records.get(name)?.get(app)?.version === version,
  );
  const ties = released.flatMap((environment) =>
    releaseTies(state, environment, { manifest, environment }).map(
      (tie) => `${tie} in virtual environment ${environment.name}`,
    ),
  );
  if (ties.length === 0) return;
  const where = released.map(({ name }) => name).join(' and ');
  throw new FoxError('REFUSED', `${app} ${version} is released in ${where}, and its routes would tie there`, {
    details: ties,
    hints: ['Give one of the routes a priority, or rules that tell requests apart.'],
  });
}

/** Warns of environments in which a version is meant to run and that can't be used, so that nothing is made for them. */
export function warnBroken(
  { name, runsIn, held, lost }: StoredVersion,
  state: Pick<NamespaceState, 'environments'>,
  { emit }: Pick<ActionContext, 'emit'>,
): void {
  for (const environment of runsIn) {
    if (lost.includes(environment)) {
      const text = `${name} isn't made to run in ${environment}: the configuration that it was released with there is gone. \`fox release ${name} -e ${environment}\` takes one anew, of what ${environment} says now.`;
      emit({ type: 'warning', text });
      continue;
    }
    const broken = brokenEnvironment(state, environment);
    const isHeld = held.some((each) => each.isInForce && each.environment.name === environment);
    if (broken === undefined || isHeld) continue;
    const text = `${name} isn't made to run in ${environment}, which can't be used: ${broken.why}. ${broken.hints[0] ?? ''}`;
    emit({ type: 'warning', text });
  }
}
