// The release record: which version plain traffic of one app goes to in one virtual environment, and how it changes.
import { FoxError } from './errors.ts';
import { replacedAfter, type ReplacedVersion } from './replaced-versions.ts';

/** Value of key `<ve>.<app>` in the release ConfigMap. */
export interface ReleaseRecord {
  /** Unique id of this release. */
  readonly id: string;
  /** Rises by one with each release of this app in this environment. */
  readonly revision: number;
  readonly version: string;
  /** Digest of the version's manifest when it was released (64 hex digits). */
  readonly manifestDigest: string;
  /** ConfigMap with the configuration that it holds on to; absent: what the environment says counts, now and later. */
  readonly config?: string;
  /** What was released before; absent for the first release. */
  readonly previous?: ReleaseTarget;
  /** Versions that releases have replaced, the latest first: their pages may still be open. Absent: none, as after a rollback. */
  readonly replaced?: readonly ReplacedVersion[];
  readonly strategy: 'instant';
  readonly state: 'active';
  /** Who released, e.g. `jason@laptop`. */
  readonly by: string;
  readonly reason: string;
  /** RFC 3339 time in UTC. */
  readonly at: string;
}

/** A version as it was when it was released. */
export interface ReleaseTarget {
  readonly version: string;
  readonly manifestDigest: string;
  readonly config?: string;
  readonly revision: number;
}

/** Who asks for a release, why, when, and under which id: what a pure function can't know. */
export interface ReleaseRequest {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/** The record that releases a version after `current`. */
export function release(
  current: ReleaseRecord | undefined,
  target: Omit<ReleaseTarget, 'revision'>,
  request: ReleaseRequest,
): ReleaseRecord {
  const replaced = replacedAfter(current, target.version, request.at);
  return {
    ...request,
    revision: nextRevision(current),
    version: target.version,
    manifestDigest: target.manifestDigest,
    ...(target.config === undefined ? {} : { config: target.config }),
    ...(current === undefined ? {} : { previous: releaseTarget(current) }),
    ...(replaced.length === 0 ? {} : { replaced }),
    strategy: 'instant',
    state: 'active',
  };
}

/** A record that is in force from another moment on than it was made for: what it needs had to be made first. */
export function inForceFrom(record: ReleaseRecord, at: string): ReleaseRecord {
  const replaced = record.replaced?.map((each) => (each.at === record.at ? { ...each, at } : each));
  return { ...record, at, ...(replaced === undefined ? {} : { replaced }) };
}

/** A record that takes back what was released: pages of that version get no more of it. */
export function withoutReplaced(record: ReleaseRecord): ReleaseRecord {
  const { replaced: _, ...rest } = record;
  return rest;
}

/** Revision of the release after `current`. */
export function nextRevision(current: Pick<ReleaseRecord, 'revision'> | undefined): number {
  return (current?.revision ?? 0) + 1;
}

/** What of a cluster decides whether one can return to an earlier release. */
export interface Returnable {
  /** Digest of a version's manifest now; undefined when the version is gone. */
  readonly digestOf: (version: string) => string | undefined;
  /** Whether a configuration that a release holds on to is there. */
  readonly hasConfiguration: (name: string) => boolean;
}

/**
 * The record that returns to what was released before `current`, with the configuration that it held on to.
 * @throws FoxError REFUSED if nothing was released before, if that version or its configuration is gone, or if its name
 * now means something else.
 */
export function rollback(
  current: ReleaseRecord | undefined,
  { digestOf, hasConfiguration }: Returnable,
  request: ReleaseRequest,
): ReleaseRecord {
  const target = current?.previous;
  if (target === undefined) {
    throw new FoxError('REFUSED', 'there is nothing to roll back to: no earlier release', {
      hints: ['See `fox history`.', 'Release a version by name: `fox release <version>`.'],
    });
  }
  const digest = digestOf(target.version);
  if (digest !== target.manifestDigest) {
    const what = digest === undefined ? 'no longer exists' : 'has been replaced since it was released';
    throw new FoxError('REFUSED', `can't roll back to ${target.version}: it ${what}`, {
      hints: [`Release another version by name: \`fox release <version>\`; \`fox versions\` lists them.`],
    });
  }
  if (target.config !== undefined && !hasConfiguration(target.config)) {
    throw new FoxError(
      'REFUSED',
      `can't roll back to ${target.version}: the configuration that it was released with, ConfigMap ${target.config}, is gone`,
      { hints: [`\`fox release ${target.version}\` releases it with what the environment says now.`] },
    );
  }
  return withoutReplaced(release(current, target, request));
}

/** A record as the target of a later rollback. */
export function releaseTarget(record: ReleaseRecord): ReleaseTarget {
  const { version, manifestDigest, config, revision } = record;
  return { version, manifestDigest, ...(config === undefined ? {} : { config }), revision };
}

/**
 * ConfigMap that stands for the environment of a record where `version` runs there; undefined: the environment counts as
 * it is now. Of a version that was released twice in a row the later release decides, be it without one.
 */
export function configurationInForce(record: ReleaseRecord | undefined, version: string): string | undefined {
  return [record, record?.previous].find((target) => target?.version === version)?.config;
}

/** ConfigMaps with configurations that a record holds on to: the one in force, and that which a rollback returns to. */
export function configurationsOf(record: ReleaseRecord | undefined): string[] {
  return [...new Set([record?.config, record?.previous?.config].flatMap((name) => name ?? []))];
}

/** Key of an app's record in the release ConfigMap. Neither name can contain a dot. */
export function releaseKey(environment: string, app: string): string {
  return `${environment}.${app}`;
}

/** Key in the release ConfigMap that counts its writes. */
export const epochKey = '.epoch';

/** Contents of the release ConfigMap. */
export interface Releases {
  /** Number of writes so far; routers acknowledge it. */
  readonly epoch: number;
  /** Records by virtual environment, then app. */
  readonly records: ReadonlyMap<string, ReadonlyMap<string, ReleaseRecord>>;
}

/** Reads the `data` of the release ConfigMap (undefined: there is none yet). */
export function parseReleases(data: Readonly<Record<string, string>> | undefined): Releases {
  const records = new Map<string, Map<string, ReleaseRecord>>();
  for (const [key, value] of Object.entries(data ?? {})) {
    const dot = key.indexOf('.');
    if (dot <= 0) continue;
    const environment = key.slice(0, dot);
    const apps = records.get(environment) ?? new Map<string, ReleaseRecord>();
    apps.set(key.slice(dot + 1), parseReleaseRecord(value, key));
    records.set(environment, apps);
  }
  return { epoch: parseEpoch(data?.[epochKey]), records };
}

function parseEpoch(text = '0'): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new FoxError('CLUSTER_ERROR', `the release counter ${epochKey} is damaged: ${JSON.stringify(text)}`);
}

/** @throws FoxError CLUSTER_ERROR if the record isn't one. */
export function parseReleaseRecord(value: string, key: string): ReleaseRecord {
  try {
    const record = JSON.parse(value) as Partial<ReleaseRecord> | null;
    const whole = [record?.id, record?.version, record?.manifestDigest].every(
      (each) => typeof each === 'string',
    );
    if (whole && Number.isSafeInteger(record?.revision)) return record as ReleaseRecord;
  } catch (cause) {
    throw damaged(key, cause);
  }
  throw damaged(key);
}

function damaged(key: string, cause?: unknown): FoxError {
  return new FoxError('CLUSTER_ERROR', `the release record ${key} is damaged`, {
    hints: [
      'Release a version anew: `fox release <version>`, after removing that key of the ConfigMap fox-releases.',
    ],
    cause,
  });
}
