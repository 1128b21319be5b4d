// Which name a version gets: the one that was given, else the tag at the commit, else the branch.
import { FoxError } from '../../core/errors.ts';
import { versionNameOf, versionNameProblem } from '../../core/names.ts';
import type { Repository } from '../../source/repository.ts';

/** Which content is meant, and how it shall be called. */
export interface RevisionOptions {
  /** Version name; without it the tag at the commit, else the branch. */
  readonly version?: string;
  /** Commit, tag or branch; default: what is checked out. */
  readonly commit?: string;
  /** Take uncommitted changes along; the version is marked and mutable. */
  readonly dirty?: boolean;
}

/** A version's name. */
export interface VersionName {
  readonly name: string;
  /** A later deploy may replace the version: it follows a branch, or was made from uncommitted changes. */
  readonly mutable: boolean;
  /** The name was given, not found. */
  readonly given: boolean;
}

/**
 * The name for a version at a commit: the one that is given, else the tag, else the branch. A name that is given means an
 * immutable version, unless it is the branch that is checked out.
 * @throws FoxError NAME_INVALID or USAGE.
 */
export async function chooseVersionName(
  repository: Repository,
  commit: string,
  { version, commit: ref, dirty = false }: RevisionOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<VersionName> {
  const { tags, branches, head } = await repository.namesAt(commit);
  const named = ref?.replace(/^(refs\/)?(tags|heads)\//, '');
  const branch = ref === undefined ? (head ?? branchOfCi(env)) : branches.find((name) => name === named);
  if (version !== undefined) return givenName(version, { tags, branch, dirty });
  const tag = tags.find((name) => name === named) ?? (tags.length === 1 ? tags[0] : undefined);
  if (tag !== undefined && !dirty) return { name: versionNameOf(tag), mutable: false, given: false };
  if (tags.length > 1 && !dirty) {
    throw ambiguous(`the commit has ${tags.length} tags: ${tags.slice(0, 5).join(', ')}`);
  }
  if (branch !== undefined) return { name: versionNameOf(branch), mutable: true, given: false };
  const untagged = dirty ? 'uncommitted changes have no tag' : 'the commit has no tag';
  throw ambiguous(
    `${untagged}, and ${ref === undefined ? 'no branch is checked out' : `"${ref}" is no branch`}`,
  );
}

/** Names of branches and tags are accepted as git has them. */
function givenName(
  version: string,
  { tags, branch, dirty }: { tags: readonly string[]; branch: string | undefined; dirty: boolean },
): VersionName {
  if (tags.includes(version)) return { name: versionNameOf(version), mutable: dirty, given: true };
  const isBranch = branch !== undefined && [branch, versionNameOf(branch)].includes(version);
  if (isBranch) return { name: versionNameOf(version), mutable: true, given: true };
  const problem = versionNameProblem(version);
  if (problem === undefined) return { name: version, mutable: dirty, given: true };
  throw new FoxError('NAME_INVALID', `"${version}" can't name a version: it ${problem}`, {
    hints: similarName(version),
  });
}

/** What a person would have typed, without the digits that only keep branches apart. */
function similarName(version: string): string[] {
  const slug = versionNameOf(version).replace(/-[0-9a-f]{6}$/, '');
  return version === '' || versionNameProblem(slug) !== undefined ? [] : [`Try \`${slug}\`.`];
}

function ambiguous(why: string): FoxError {
  return new FoxError('USAGE', `which name shall the version have? ${why}`, {
    hints: ['Give it: `fox deploy <version>`.'],
  });
}

/** CI systems check out a commit without a branch, and tell the branch in a variable. */
function branchOfCi(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const names = [
    'GITHUB_HEAD_REF',
    ...(env['GITHUB_REF_TYPE'] === 'branch' ? ['GITHUB_REF_NAME'] : []),
    'CI_MERGE_REQUEST_SOURCE_BRANCH_NAME',
    'CI_COMMIT_BRANCH',
    'BUILDKITE_BRANCH',
    'CIRCLE_BRANCH',
    'BRANCH_NAME',
  ];
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
}
