// What a release or a rollback is to point at: a version, the configuration that it holds on to, and the record that says so.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { StoredVersion } from '../../cluster/objects/version-object.ts';
import { configurationFor } from '../../core/environments/configuration.ts';
import { emptyEnvironment, type Environment } from '../../core/environments/environment.ts';
import { FoxError } from '../../core/errors.ts';
import type { EffectiveEnvironment } from '../../core/environments/inheritance.ts';
import { objectName } from '../../core/labels.ts';
import {
  nextRevision,
  release as nextRelease,
  type ReleaseRecord,
  type ReleaseRequest,
  rollback as previousRelease,
  withoutReplaced,
} from '../../core/release.ts';
import { findVersion, requireEnvironment } from '../lookup/lookup.ts';
import { usableEnvironment } from '../environments/known/usable-environment.ts';

/** What a pointer is to point at. */
export interface Choice {
  readonly version: StoredVersion;
  readonly record: ReleaseRecord;
  /** What the version runs with there: what the environment says now, or what the release holds on to. */
  readonly environment: Environment;
  /** It is taken now, and has to be kept under the name that the record gives it. */
  readonly isTaken: boolean;
}

/** Which pointer, and who moves it. */
export interface Move {
  readonly app: string;
  readonly environment: string;
  readonly request: ReleaseRequest;
}

/**
 * A version by its name, with what the environment says now; in a stable environment that is held on to.
 * @throws FoxError NOT_FOUND, REFUSED where the environment can't be used or its policy forbids it.
 */
export function chooseRelease(state: NamespaceState, move: Move, wanted: string): Choice {
  const current = currentRecord(state, move);
  const version = findVersion(state, move.app, wanted);
  const environment = usableEnvironment(state, move.environment);
  refuseMutable(version, environment);
  const target = { version: version.name, manifestDigest: version.digest };
  if (environment?.policy !== 'stable') {
    const record = nextRelease(current, target, move.request);
    return {
      version,
      record,
      environment: environment ?? emptyEnvironment(move.environment),
      isTaken: false,
    };
  }
  const config = objectName.configuration(move.app, move.environment, nextRevision(current));
  return {
    version,
    record: nextRelease(current, { ...target, config }, move.request),
    environment: configurationFor(version.manifest, environment),
    isTaken: true,
  };
}

/**
 * What was released before, with the configuration that it held on to. In a stable environment one that held on to nothing
 * gets what the environment says now.
 * @throws FoxError NOT_FOUND, REFUSED.
 */
export function chooseRollback(state: NamespaceState, move: Move): Choice {
  const current = currentRecord(state, move);
  if (current === undefined) requireEnvironment(state, move.environment);
  const configurations = new Map(state.configurations.map((each) => [each.name, each.environment]));
  const record = previousRelease(
    current,
    {
      digestOf: (name) => state.versions.find((each) => each.app === move.app && each.name === name)?.digest,
      hasConfiguration: (name) => configurations.has(name),
    },
    move.request,
  );
  const held = configurations.get(record.config ?? '');
  if (held === undefined) {
    const choice = chooseRelease(state, move, record.version);
    return { ...choice, record: withoutReplaced(choice.record) };
  }
  const version = findVersion(state, move.app, record.version);
  return { version, record, environment: held, isTaken: false };
}

/** What is released there now. */
export function currentRecord(
  { releases }: Pick<NamespaceState, 'releases'>,
  { app, environment }: Pick<Move, 'app' | 'environment'>,
): ReleaseRecord | undefined {
  return releases.records.get(environment)?.get(app);
}

/** Whether a record says what was chosen, in its version and in its configuration. */
export function isReleased(
  record: ReleaseRecord,
  { version: { name, digest }, environment }: Choice,
  { configurations }: Pick<NamespaceState, 'configurations'>,
): boolean {
  if (record.version !== name || record.manifestDigest !== digest) return false;
  if (record.config === undefined) return environment.configuration === undefined;
  const held = configurations.find((each) => each.name === record.config)?.environment;
  return held?.configuration !== undefined && held.configuration === environment.configuration;
}

function refuseMutable(
  { app, name, mutable }: StoredVersion,
  environment: EffectiveEnvironment | undefined,
): void {
  if (!mutable || environment?.policy !== 'stable') return;
  throw new FoxError(
    'REFUSED',
    `${app} ${name} can't be released in ${environment.name}: it follows a branch or has uncommitted changes, and ${policyText(environment)}`,
    {
      hints: [
        `Give what is to be released a name: \`fox deploy <version> --commit <commit>\`, then \`fox release <version> -e ${environment.name}\`.`,
        `Or allow it there: \`fox env set -e ${environment.name} --policy testing\`.`,
      ],
    },
  );
}

/** `the policy of prod is stable, by inheritance: only named versions, which nobody can change, are released there` */
export function policyText({ name, definition, lineage }: EffectiveEnvironment): string {
  const inherited = definition.policy === undefined && lineage.length > 1 ? ', by inheritance' : '';
  return `the policy of ${name} is stable${inherited}: only named versions, which nobody can change, are released there`;
}
