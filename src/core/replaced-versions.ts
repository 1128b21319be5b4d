// Versions that releases have replaced: pages of them may still be open, and a virtual environment can protect these for a while.

/** A version that is released no more. */
export interface ReplacedVersion {
  readonly version: string;
  /** When another one took its place: RFC 3339 time in UTC. */
  readonly at: string;
}

/** So many of them a record remembers: all records of a namespace share one object. */
const mostReplaced = 4;

/** What a record says of them. */
interface Remembering {
  readonly version: string;
  readonly replaced?: readonly ReplacedVersion[];
}

/** What a release of `version` at `at` (RFC 3339) has replaced, the latest first. The same version released anew replaces nothing. */
export function replacedAfter(
  current: Remembering | undefined,
  version: string,
  at: string,
): readonly ReplacedVersion[] {
  if (current === undefined) return [];
  const { version: former } = current;
  const before = replacedVersions(current);
  const all = former === version ? before : [{ version: former, at }, ...before];
  return all
    .filter(
      (each, index) =>
        each.version !== version && all.findIndex((one) => one.version === each.version) === index,
    )
    .slice(0, mostReplaced);
}

/** What releases have replaced; what nobody can read of it protects nothing. */
export function replacedVersions({ replaced }: Pick<Remembering, 'replaced'>): ReplacedVersion[] {
  if (!Array.isArray(replaced)) return [];
  return (replaced as readonly (Partial<ReplacedVersion> | null)[]).filter(
    (each): each is ReplacedVersion =>
      typeof each?.version === 'string' && !Number.isNaN(Date.parse(String(each.at))),
  );
}
