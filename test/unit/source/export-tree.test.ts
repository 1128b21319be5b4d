// Exported files are what git has, byte for byte, whatever the user's configuration would make of them.
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { exportTree } from '../../../src/source/export-tree.ts';
import { commit, type Entry, repositoryWith, run, temporaryDirectory, write } from './fixture.ts';

/** Every file below a directory as it would be written by a test. */
async function readTree(directory: string): Promise<Record<string, Entry>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files: Record<string, Entry> = {};
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(directory.length + 1);
    if (entry.isSymbolicLink()) files[path] = { link: await readlink(file) };
    else if (entry.isFile()) {
      const executable = ((await lstat(file)).mode & 0o100) !== 0;
      const text = await readFile(file, 'utf8');
      files[path] = executable ? { executable: text } : text;
    }
  }
  return files;
}

/** What is exported of a repository's HEAD. */
async function exported(
  directory: string,
  paths: readonly string[] = [''],
  treeish = 'HEAD',
): Promise<Record<string, Entry>> {
  const into = await temporaryDirectory();
  await exportTree(directory, treeish, paths, into);
  return readTree(into);
}

describe('the files', () => {
  const files = {
    'web/server.js': 'web',
    'web/run.sh': { executable: '#!/bin/sh\n' },
    'web/empty': '',
    'web/link': { link: '../libs/x' },
    'web/dangling': { link: 'nowhere at all' },
    'web/crlf.txt': 'a\r\nb\r\n',
    'web/mixed.txt': 'a\r\nb\n\0c',
    'webs/not.js': 'neighbour',
    'libs/x/deep/er.js': 'deep',
    'lock.json': '{}',
  } as const;

  test('all of them for the root, with modes and links', async () => {
    expect(await exported(await repositoryWith(files))).toEqual(files);
  });

  test('only those of the paths, at their places', async () => {
    const directory = await repositoryWith(files);
    expect(Object.keys(await exported(directory, ['libs/x', 'lock.json'])).toSorted()).toEqual([
      'libs/x/deep/er.js',
      'lock.json',
    ]);
    expect(await exported(directory, ['', 'libs/x'])).toEqual(files);
    expect(await exported(directory, ['web', 'web/link', 'web'])).not.toHaveProperty('webs/not.js');
    expect(await exported(directory, [])).toEqual({});
    expect(await exported(directory, ['nowhere'])).toEqual({});
  });

  test('those of the commit, not of the work tree', async () => {
    const directory = await repositoryWith(files);
    await write(directory, { 'web/server.js': 'changed', 'web/new.js': 'new' });
    await rm(join(directory, 'lock.json'));
    expect(await exported(directory)).toEqual(files);
    const second = await commit(directory);
    expect(await exported(directory, [''], `${second}~1`)).toEqual(files);
    expect(await exported(directory, ['web/server.js'], second)).toEqual({ 'web/server.js': 'changed' });
  });

  test('those of any name', async () => {
    const names = [
      'a b',
      'ünïcödé',
      '日本',
      '"quoted"',
      "it's",
      '-dash',
      ':(top)x',
      ':!x',
      'a:b',
      '*',
      '?',
      '[a]',
      'back\\slash',
      'tab\there',
      'line\nbreak',
      'e\u0301',
    ];
    const all = Object.fromEntries(
      names.flatMap((name) => [
        [`${name}/${name}`, name],
        [`file-${name}`, name],
      ]),
    );
    const directory = await repositoryWith(all);
    expect(await exported(directory)).toEqual(all);
    expect(await exported(directory, ['*'])).toEqual({ '*/*': '*' });
    expect(await exported(directory, [':!x', '-dash', 'line\nbreak'])).toEqual({
      ':!x/:!x': ':!x',
      '-dash/-dash': '-dash',
      'line\nbreak/line\nbreak': 'line\nbreak',
    });
  });

  test('from a repository of SHA-256 objects', async () => {
    expect(await exported(await repositoryWith(files, '--object-format=sha256'))).toEqual(files);
  });

  test('from another directory of the repository than its root', async () => {
    const directory = await repositoryWith(files);
    expect(await exported(join(directory, 'web'), ['lock.json'])).toEqual({ 'lock.json': '{}' });
  });
});

describe('nothing is made of them', () => {
  test('by line ends, attributes, keywords or filters', async () => {
    const directory = await repositoryWith();
    await run(directory, 'config', 'core.autocrlf', 'false');
    const files = {
      '.gitattributes':
        '*.txt text eol=crlf\n*.id ident\nsecret export-ignore\n*.sub export-subst\n*.big filter=shout\n*.utf working-tree-encoding=UTF-16\n',
      'unix.txt': 'a\nb\n',
      'key.id': '$Id$',
      secret: 's',
      'v.sub': '$Format:%H$',
      'x.big': 'version https://git-lfs.github.com/spec/v1\n',
      'a.utf': 'text',
    };
    // As the objects are made by hand, no attribute has had a say on the way in.
    for (const [path, text] of Object.entries(files)) {
      await write(directory, { 'content.tmp': text });
      const id = await run(directory, 'hash-object', '-w', '--no-filters', 'content.tmp');
      await run(directory, 'update-index', '--add', '--cacheinfo', `100644,${id},${path}`);
    }
    await run(directory, 'commit', '--quiet', '--message', 'all');
    await run(directory, 'config', 'core.autocrlf', 'true');
    await run(directory, 'config', 'core.eol', 'crlf');
    await run(directory, 'config', 'filter.shout.smudge', 'tr a-z A-Z');
    await run(directory, 'config', 'filter.shout.required', 'true');
    expect(await exported(directory)).toEqual(files);
  });
});

describe('much of it', () => {
  test('thousands of files: more ids and more content than the pipes to git hold', async () => {
    const directory = await repositoryWith();
    const files = Array.from(
      { length: 2000 },
      (_, n) => `M 100644 inline d${n % 100}/f${n}\ndata <<END\ncontent ${n}\nEND\n`,
    );
    await write(directory, {
      'stream.tmp': `commit refs/heads/main\ncommitter T <t@localhost> 0 +0000\ndata 0\n${files.join('')}`,
    });
    await promisify(execFile)('sh', ['-c', 'git fast-import --quiet < stream.tmp'], { cwd: directory });
    const into = await temporaryDirectory();
    await exportTree(directory, 'HEAD', [''], into);
    expect((await readdir(into, { recursive: true })).filter((path) => path.includes('/f'))).toHaveLength(
      2000,
    );
    expect(await readFile(join(into, 'd42/f1942'), 'utf8')).toBe('content 1942\n');
  }, 60_000);

  test('a file that no buffer holds by chance, between small ones', async () => {
    const block = createHash('sha512').update('x').digest();
    const big = Buffer.concat(Array.from({ length: 50_000 }, () => block));
    const directory = await repositoryWith({ a: 'a', big, 'big.2': big.subarray(1), z: 'z' });
    const into = await temporaryDirectory();
    await exportTree(directory, 'HEAD', [''], into);
    expect(big.equals(await readFile(join(into, 'big')))).toBe(true);
    expect(big.subarray(1).equals(await readFile(join(into, 'big.2')))).toBe(true);
    expect(await readFile(join(into, 'z'), 'utf8')).toBe('z');
  }, 30_000);
});

describe('refused', () => {
  test('submodules, by name', async () => {
    const inner = await repositoryWith({ x: 'inner' });
    const directory = await repositoryWith({ 'web/x': 'x' });
    await run(
      directory,
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      inner,
      'libs/inner',
    );
    await commit(directory);
    await expect(exported(directory, ['libs'])).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: "libs/inner is a git submodule: its content isn't part of this repository",
    });
    expect(await exported(directory, ['web'])).toEqual({ 'web/x': 'x' });
  });

  test('names that are not UTF-8', async () => {
    const directory = await repositoryWith({ x: 'x' });
    const id = await run(directory, 'rev-parse', 'HEAD:x');
    const tree = await promisify(execFile)(
      'sh',
      ['-c', `printf '100644 blob ${id}\\tcaf\\351\\n' | git mktree`],
      { cwd: directory },
    );
    await expect(exported(directory, [''], tree.stdout.trim())).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('is not UTF-8') as unknown,
    });
  });

  test.each(['..', '.git', '.GIT'])('trees that git itself would not make: %s', async (name) => {
    const directory = await repositoryWith({ x: 'x' });
    const id = await run(directory, 'rev-parse', 'HEAD:x');
    const tree = await makeTree(directory, [['100644', name, id]]);
    const into = join(await temporaryDirectory(), 'a/b');
    await mkdir(into, { recursive: true });
    await expect(exportTree(directory, tree, [''], into)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await readdir(into)).toEqual([]);
  });

  test('a link and a directory of one name: nothing is written through the link', async () => {
    const outside = await temporaryDirectory();
    const directory = await repositoryWith({ 'd/file': 'x', target: outside });
    const link = await run(directory, 'rev-parse', 'HEAD:target');
    const subtree = await run(directory, 'rev-parse', 'HEAD:d');
    const tree = await makeTree(directory, [
      ['120000', 'a', link],
      ['40000', 'a', subtree],
    ]);
    await expect(exported(directory, [''], tree)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect(await readdir(outside)).toEqual([]);
  });

  test('a directory that has the file already', async () => {
    const directory = await repositoryWith({ x: 'new' });
    const into = await temporaryDirectory();
    await write(into, { x: 'old' });
    await expect(exportTree(directory, 'HEAD', [''], into)).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringContaining(join(into, 'x')) as unknown,
    });
    expect(await readFile(join(into, 'x'), 'utf8')).toBe('old');
  });

  test('a commit whose content is missing here', async () => {
    const directory = await repositoryWith({ 'a/one': '1', 'a/two': '2' });
    const id = await run(directory, 'rev-parse', 'HEAD:a/two');
    await rm(join(directory, '.git/objects', id.slice(0, 2), id.slice(2)));
    await expect(exported(directory)).rejects.toMatchObject({
      code: 'GIT_NOT_READY',
      message: expect.stringContaining('a/two') as unknown,
    });
  });

  test('when it is cancelled', async () => {
    const directory = await repositoryWith({ x: 'x' });
    const cancelled = AbortSignal.abort(new Error('cancelled'));
    await expect(exportTree(directory, 'HEAD', [''], await temporaryDirectory(), cancelled)).rejects.toThrow(
      'cancelled',
    );
  });
});

/** A tree object of entries in this order, made without git's checks. */
async function makeTree(
  directory: string,
  entries: readonly (readonly [mode: string, name: string, id: string])[],
): Promise<string> {
  const content = Buffer.concat(
    entries.flatMap(([mode, name, id]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
  );
  await write(directory, { 'tree.tmp': content });
  return run(directory, 'hash-object', '-t', 'tree', '-w', '--literally', 'tree.tmp');
}
