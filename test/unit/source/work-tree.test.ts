// What isn't committed: named exactly, and taken along without touching the user's index.
import { mkdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dirtyFiles, writeWorkTree } from '../../../src/source/work-tree.ts';
import { commit, replaceGit, repositoryWith, run, temporaryDirectory, write } from './fixture.ts';

const files = {
  '.gitignore': '*.log\nbuilt/\n',
  'web/a': 'a',
  'web/b': 'b',
  'web/deep/c': 'c',
  'webs/d': 'd',
  'lock.json': '{}',
};

/** `<mode> <path> <content>` of each file of a tree. */
async function contentsOf(directory: string, tree: string): Promise<string[]> {
  const lines = (await run(directory, 'ls-tree', '-r', '-z', tree)).split('\0').filter((line) => line !== '');
  return Promise.all(
    lines.map(async (line) => {
      const [, mode = '', id = '', path = ''] = /^(\d+) \w+ (\w+)\t(.*)$/s.exec(line) ?? [];
      return `${mode} ${path} ${await run(directory, 'cat-file', 'blob', id)}`;
    }),
  );
}

describe('files that are not committed', () => {
  test('are none in a clean tree, whatever is ignored', async () => {
    const directory = await repositoryWith(files);
    await write(directory, { 'web/x.log': 'x', 'built/y': 'y' });
    await mkdir(join(directory, 'web/empty'));
    expect(await dirtyFiles(directory, [''])).toEqual([]);
  });

  test('are named: modified, staged, both, new, gone, renamed, of another mode or kind', async () => {
    const directory = await repositoryWith({
      ...files,
      'web/gone': '',
      'web/staged': '',
      'web/old': 'rename me',
      'web/mode': '',
      'web/kind': '',
    });
    await write(directory, {
      'web/a': 'changed',
      'web/new': '',
      'web/deep/er/new': '',
      'web/staged': '1',
      'web/added': '',
    });
    await run(directory, 'add', 'web/staged', 'web/added');
    await write(directory, { 'web/staged': '2', 'web/mode': { executable: '' }, 'web/kind': { link: 'a' } });
    await rm(join(directory, 'web/gone'));
    await run(directory, 'mv', 'web/old', 'web/renamed');
    expect((await dirtyFiles(directory, ['web'])).toSorted()).toEqual([
      'web/a',
      'web/added',
      'web/deep/er/new',
      'web/gone',
      'web/kind',
      'web/mode',
      'web/new',
      'web/old',
      'web/renamed',
      'web/staged',
    ]);
  });

  test('are those of the paths only', async () => {
    const directory = await repositoryWith(files);
    await write(directory, { 'web/a': '1', 'webs/d': '1', 'lock.json': '1', other: '1' });
    expect(await dirtyFiles(directory, ['web'])).toEqual(['web/a']);
    expect(await dirtyFiles(directory, ['lock.json', 'webs', 'nowhere'])).toEqual(['lock.json', 'webs/d']);
    expect(await dirtyFiles(directory, ['', 'web'])).toEqual(['lock.json', 'web/a', 'webs/d', 'other']);
    expect(await dirtyFiles(directory, [])).toEqual([]);
  });

  test.each(['a b', 'ü', '"q"', '*', ':(top)x', '-x', 'a -> b', 'line\nbreak'])(
    'of any name: %s',
    async (name) => {
      const directory = await repositoryWith({ [`${name}/old`]: '', [`x${name}/old`]: '' });
      await write(directory, { [`${name}/old`]: '1', [`${name}/${name}`]: '', [`x${name}/old`]: '1' });
      expect((await dirtyFiles(directory, [name])).toSorted()).toEqual(
        [`${name}/${name}`, `${name}/old`].toSorted(),
      );
    },
  );

  test('are looked for without writing the index, in a linked work tree, too', async () => {
    const directory = await repositoryWith(files);
    const linked = join(await temporaryDirectory(), 'linked');
    await run(directory, 'worktree', 'add', '--quiet', linked);
    await write(linked, { 'web/a': 'changed' });
    // A newer time makes git refresh its index, if it may.
    await write(directory, { 'web/a': 'a' });
    const before = await stat(join(directory, '.git/index'), { bigint: true });
    expect(await dirtyFiles(directory, [''])).toEqual([]);
    expect((await stat(join(directory, '.git/index'), { bigint: true })).mtimeNs).toBe(before.mtimeNs);
    expect(await dirtyFiles(linked, [''])).toEqual(['web/a']);
  });

  test('whatever the user has configured', async () => {
    const directory = await repositoryWith(files);
    for (const [key, value] of [
      ['status.showUntrackedFiles', 'no'],
      ['status.renames', 'copies'],
      ['color.ui', 'always'],
      ['core.quotePath', 'true'],
      ['status.short', 'true'],
      ['status.branch', 'true'],
    ]) {
      await run(directory, 'config', key ?? '', value ?? '');
    }
    await write(directory, { 'web/ü': '' });
    expect(await dirtyFiles(directory, [''])).toEqual(['web/ü']);
  });
});

describe('a tree of the work tree', () => {
  test('has what is modified, new and gone below the paths, and the commit elsewhere', async () => {
    const directory = await repositoryWith(files);
    await write(directory, {
      'web/a': '1',
      'web/new': { executable: 'n' },
      'web/x.log': 'ignored',
      'webs/d': 'left out',
      'lock.json': { link: 'web/a' },
    });
    await rm(join(directory, 'web/b'));
    await rename(join(directory, 'web/deep'), join(directory, 'web/deeper'));
    const tree = await writeWorkTree(directory, ['web', 'lock.json']);
    expect(await contentsOf(directory, tree)).toEqual([
      '100644 .gitignore *.log\nbuilt/',
      '120000 lock.json web/a',
      '100644 web/a 1',
      '100644 web/deeper/c c',
      '100755 web/new n',
      '100644 webs/d d',
    ]);
  });

  test('is the same as that of a commit of it', async () => {
    const directory = await repositoryWith(files);
    await run(directory, 'config', 'core.autocrlf', 'input');
    await write(directory, { 'web/a': 'a\r\nb\r\n', 'web/new': 'n', 'lock.json': '' });
    const tree = await writeWorkTree(directory, ['']);
    await run(directory, 'add', '--all');
    await run(directory, 'commit', '--quiet', '--message', 'all');
    expect(tree).toBe(await run(directory, 'rev-parse', 'HEAD^{tree}'));
  });

  test('has a change of the same size, made in the same tick of the clock in which the file was added', async () => {
    const directory = await repositoryWith(files);
    const file = join(directory, 'web/a');
    const tick = new Date('2026-01-02T03:04:05Z');
    await utimes(file, tick, tick);
    await run(directory, 'update-index', '--refresh');
    await write(directory, { 'web/a': 'A' });
    // The change of time is hidden; only that the index is no younger than the file tells git to look.
    await utimes(file, tick, tick);
    await utimes(join(directory, '.git/index'), tick, tick);
    await run(directory, 'config', 'core.trustctime', 'false');
    await run(directory, 'config', 'core.checkStat', 'minimal');
    expect(await dirtyFiles(directory, ['web'])).toEqual(['web/a']);
    expect(await contentsOf(directory, await writeWorkTree(directory, ['web']))).toContain('100644 web/a A');
  });

  test('leaves the index, with what is staged in it, byte for byte as it was; also beside a lock', async () => {
    const directory = await repositoryWith(files);
    await write(directory, { 'web/a': 'staged' });
    await run(directory, 'add', 'web/a');
    await write(directory, { 'web/a': 'later', 'web/new': '' });
    await write(directory, { '.git/index.lock': 'held by somebody' });
    const before = await readFile(join(directory, '.git/index'));
    const tree = await writeWorkTree(directory, ['web']);
    expect(before.equals(await readFile(join(directory, '.git/index')))).toBe(true);
    expect(await readFile(join(directory, '.git/index.lock'), 'utf8')).toBe('held by somebody');
    expect(await contentsOf(directory, tree)).toContain('100644 web/a later');
  });

  test('loses whole paths that are gone, and takes the place of directories by files', async () => {
    const directory = await repositoryWith({ ...files, 'gone/x': '', 'gone file': '', 'kind/x': '' });
    await rm(join(directory, 'gone'), { recursive: true });
    await rm(join(directory, 'gone file'));
    await write(directory, {
      kind: 'a file now',
      'lock.json/x': 'a directory now',
      dangling: { link: 'nowhere' },
    });
    const tree = await writeWorkTree(directory, [
      'gone',
      'gone file',
      'kind',
      'lock.json',
      'never there',
      'dangling',
    ]);
    const paths = (await run(directory, 'ls-tree', '-r', '--name-only', tree)).split('\n');
    expect(paths).toEqual([
      '.gitignore',
      'dangling',
      'kind',
      'lock.json/x',
      'web/a',
      'web/b',
      'web/deep/c',
      'webs/d',
    ]);
  });

  test('works in a linked work tree, with a split index and in a sparse checkout', async () => {
    const directory = await repositoryWith(files);
    await run(directory, 'update-index', '--split-index');
    const linked = join(await temporaryDirectory(), 'linked');
    await run(directory, 'worktree', 'add', '--quiet', linked);
    await run(linked, 'sparse-checkout', 'set', '--no-cone', '/web/');
    for (const at of [directory, linked]) {
      await write(at, { 'web/new': 'n' });
      const paths = (
        await run(at, 'ls-tree', '-r', '--name-only', await writeWorkTree(at, ['web', 'webs', '']))
      ).split('\n');
      expect(paths).toEqual(['.gitignore', 'lock.json', 'web/a', 'web/b', 'web/deep/c', 'web/new', 'webs/d']);
    }
  });

  test('works before the first `git add`', async () => {
    const directory = await repositoryWith();
    await run(directory, 'commit', '--quiet', '--allow-empty', '--message', 'empty');
    await write(directory, { 'web/a': 'a' });
    expect(await contentsOf(directory, await writeWorkTree(directory, ['web']))).toEqual(['100644 web/a a']);
  });

  test('takes new files along that a sparse checkout would leave out', async () => {
    const directory = await repositoryWith(files);
    await run(directory, 'sparse-checkout', 'set', '--no-cone', '/web/');
    await write(directory, { 'webs/new': 'n' });
    const tree = await writeWorkTree(directory, ['webs']);
    expect(await contentsOf(directory, tree)).toEqual(
      expect.arrayContaining(['100644 webs/d d', '100644 webs/new n']),
    );
  });

  test('is refused while a merge has conflicts, naming the files', async () => {
    const directory = await repositoryWith(files);
    await run(directory, 'checkout', '--quiet', '-b', 'other');
    await commit(directory, { 'webs/d': 'theirs' });
    await run(directory, 'checkout', '--quiet', 'main');
    await commit(directory, { 'webs/d': 'ours' });
    await run(directory, 'merge', 'other').catch(() => undefined);
    await expect(writeWorkTree(directory, ['web'])).rejects.toMatchObject({
      code: 'GIT_NOT_READY',
      message: 'files of the work tree have conflicts that are not resolved',
      details: expect.arrayContaining([expect.stringContaining('webs/d')]) as unknown,
    });
  });

  test('leaves no temporary files behind, also when git fails', async () => {
    const directory = await repositoryWith(files);
    const seen = join(await temporaryDirectory(), 'seen');
    await replaceGit(
      `[ -n "$GIT_INDEX_FILE" ] && echo "$GIT_INDEX_FILE" >> '${seen}'\n[ "$1" = write-tree ] && exit 1\nexec "$GIT" "$@"`,
    );
    await expect(writeWorkTree(directory, ['web'])).rejects.toMatchObject({ code: 'GIT_NOT_READY' });
    const [index = ''] = (await readFile(seen, 'utf8')).split('\n');
    expect(index).not.toBe('');
    await expect(stat(index)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
