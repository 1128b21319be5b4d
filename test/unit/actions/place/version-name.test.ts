// What a version is called: the name that is given, else the tag, else the branch.
import { describe, expect, test } from 'vitest';
import {
  chooseVersionName,
  type RevisionOptions,
  type VersionName,
} from '../../../../src/actions/place/version-name.ts';
import { commit, open, repositoryWith, run } from '../../source/fixture.ts';

/** A repository whose commit has these tags and branches; `head` is checked out (undefined: the commit itself). */
async function repositoryAt(names: { tags?: string[]; branches?: string[]; head?: string }): Promise<string> {
  const directory = await repositoryWith({ x: '1' });
  for (const tag of names.tags ?? []) await run(directory, 'tag', '--annotate', '--message', tag, tag);
  for (const branch of names.branches ?? []) await run(directory, 'branch', branch);
  if (names.head === undefined) await run(directory, 'checkout', '--quiet', '--detach');
  else await run(directory, 'checkout', '--quiet', names.head);
  await run(
    directory,
    'branch',
    '--delete',
    '--force',
    ...(names.head === 'main' ? ['none'] : ['main']),
  ).catch(() => undefined);
  return directory;
}

async function nameAt(
  directory: string,
  options: RevisionOptions = {},
  env: Record<string, string> = {},
): Promise<VersionName> {
  const repository = await open(directory);
  const id = await repository.commit(options.commit ?? 'HEAD');
  return chooseVersionName(repository, id, options, env);
}

describe('without a name', () => {
  test('the tag at the commit, for good', async () => {
    const directory = await repositoryAt({ tags: ['v1'], head: 'main' });
    expect(await nameAt(directory)).toEqual({ name: 'v1', mutable: false, given: false });
  });

  test('a tag that is no version name, as a name of its own', async () => {
    const directory = await repositoryAt({ tags: ['Release/1.0'] });
    expect(await nameAt(directory)).toEqual({
      name: expect.stringMatching(/^release-1-0-[0-9a-f]{6}$/) as unknown,
      mutable: false,
      given: false,
    });
  });

  test('the branch where there is no tag, to be replaced', async () => {
    const directory = await repositoryAt({ tags: [], branches: ['other'], head: 'main' });
    expect(await nameAt(directory)).toEqual({ name: 'main', mutable: true, given: false });
  });

  test('branches that look alike get names that differ', async () => {
    const [slash, dash] = [
      await repositoryAt({ branches: ['feature/x'], head: 'feature/x' }),
      await repositoryAt({ branches: ['feature-x'], head: 'feature-x' }),
    ];
    const names = [await nameAt(slash), await nameAt(dash)];
    expect(names).toEqual([
      { name: expect.stringMatching(/^feature-x-[0-9a-f]{6}$/) as unknown, mutable: true, given: false },
      { name: 'feature-x', mutable: true, given: false },
    ]);
  });

  test('several tags are too many', async () => {
    const directory = await repositoryAt({ tags: ['v1', 'latest'], head: 'main' });
    await expect(nameAt(directory)).rejects.toMatchObject({
      code: 'USAGE',
      exitCode: 2,
      message: expect.stringContaining('2 tags: latest, v1') as unknown,
      hints: ['Give it: `fox deploy <version>`.'],
    });
  });

  test('neither tag nor branch is too little', async () => {
    const directory = await repositoryAt({ branches: ['other'] });
    await expect(nameAt(directory)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('the commit has no tag, and no branch is checked out') as unknown,
    });
  });

  test('uncommitted changes are the branch, whatever tags the commit has', async () => {
    const directory = await repositoryAt({ tags: ['v1', 'v2'], head: 'main' });
    expect(await nameAt(directory, { dirty: true })).toEqual({ name: 'main', mutable: true, given: false });
    const detached = await repositoryAt({ tags: ['v1'] });
    await expect(nameAt(detached, { dirty: true })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('uncommitted changes have no tag') as unknown,
    });
  });
});

describe('of another commit', () => {
  test('the tag or branch that names it', async () => {
    const directory = await repositoryAt({ tags: ['v1', 'v1-final'], head: 'main' });
    await run(directory, 'branch', 'old');
    await commit(directory, { x: '2' });
    expect(await nameAt(directory, { commit: 'v1' })).toEqual({ name: 'v1', mutable: false, given: false });
    expect(await nameAt(directory, { commit: 'refs/tags/v1-final' })).toEqual({
      name: 'v1-final',
      mutable: false,
      given: false,
    });
    await expect(nameAt(directory, { commit: 'old' })).rejects.toMatchObject({ code: 'USAGE' });
    await run(directory, 'tag', '--delete', 'v1', 'v1-final');
    expect(await nameAt(directory, { commit: 'old' })).toEqual({ name: 'old', mutable: true, given: false });
    expect(await nameAt(directory, { commit: 'heads/old' })).toEqual({
      name: 'old',
      mutable: true,
      given: false,
    });
    // What is checked out names what is checked out, and not this commit.
    await expect(nameAt(directory, { commit: 'HEAD~1' }, { BRANCH_NAME: 'ci' })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('the commit has no tag, and "HEAD~1" is no branch') as unknown,
    });
  });
});

describe('in CI, where a commit is checked out', () => {
  test.each<[string, Record<string, string>]>([
    [
      'GitHub, a pull request',
      { GITHUB_HEAD_REF: 'feature/x', GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: '12/merge' },
    ],
    ['GitHub, a push', { GITHUB_HEAD_REF: '', GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'feature/x' }],
    ['GitLab, a merge request', { CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'feature/x' }],
    ['GitLab, a push', { CI_COMMIT_BRANCH: 'feature/x' }],
    ['Buildkite', { BUILDKITE_BRANCH: 'feature/x' }],
    ['CircleCI', { CIRCLE_BRANCH: 'feature/x' }],
    ['Jenkins', { BRANCH_NAME: 'feature/x' }],
  ])('%s', async (_, env) => {
    const directory = await repositoryAt({});
    expect(await nameAt(directory, {}, env)).toEqual({
      name: expect.stringMatching(/^feature-x-/) as unknown,
      mutable: true,
      given: false,
    });
  });

  test("GitHub's name of a tag is no branch", async () => {
    await expect(
      nameAt(await repositoryAt({}), {}, { GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1' }),
    ).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('a branch that is checked out, and a tag, come first', async () => {
    const env = { BRANCH_NAME: 'other' };
    expect((await nameAt(await repositoryAt({ head: 'main' }), {}, env)).name).toBe('main');
    expect((await nameAt(await repositoryAt({ tags: ['v1'] }), {}, env)).name).toBe('v1');
  });
});

describe('a name that is given', () => {
  test('counts, whatever tags and branches there are', async () => {
    const directory = await repositoryAt({ tags: ['v1', 'v2'], head: 'main' });
    expect(await nameAt(directory, { version: 'v3' })).toEqual({ name: 'v3', mutable: false, given: true });
    expect(await nameAt(directory, { version: 'v3', dirty: true })).toEqual({
      name: 'v3',
      mutable: true,
      given: true,
    });
  });

  test('may be the branch as git has it, or its version name, and goes on following it', async () => {
    const directory = await repositoryAt({ branches: ['feature/x'], head: 'feature/x' });
    const { name } = await nameAt(directory);
    for (const version of ['feature/x', name])
      expect(await nameAt(directory, { version })).toEqual({ name, mutable: true, given: true });
    expect(await nameAt(await repositoryAt({ head: 'main' }), { version: 'main' })).toEqual({
      name: 'main',
      mutable: true,
      given: true,
    });
  });

  test('may be a tag as git has it', async () => {
    const directory = await repositoryAt({ tags: ['Release/1.0', 'v1'], head: 'main' });
    expect(await nameAt(directory, { version: 'Release/1.0' })).toEqual({
      name: expect.stringMatching(/^release-1-0-/) as unknown,
      mutable: false,
      given: true,
    });
  });

  test('must be a name', async () => {
    const directory = await repositoryAt({ head: 'main' });
    await expect(nameAt(directory, { version: 'feature/y' })).rejects.toMatchObject({
      code: 'NAME_INVALID',
      message:
        '"feature/y" can\'t name a version: it must consist of lower-case letters, digits, "-" and ".", starting and ending with a letter or digit',
      hints: ['Try `feature-y`.'],
    });
    await expect(nameAt(directory, { version: 'x'.repeat(41) })).rejects.toMatchObject({
      code: 'NAME_INVALID',
      message: expect.stringContaining('41 characters') as unknown,
    });
    await expect(nameAt(directory, { version: '' })).rejects.toMatchObject({ code: 'NAME_INVALID' });
  });
});
