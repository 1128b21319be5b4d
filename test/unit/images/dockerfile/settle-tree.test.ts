import { chmod, lstat, readlink, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settleTree } from '../../../../src/images/dockerfile/settle-tree.ts';
import { fixedTime } from '../../../../src/images/layer.ts';
import { temporaryDirectory, writeTree } from '../fixture.ts';

test('files get one time and usual modes; links keep their targets, which are left alone', async () => {
  const directory = await temporaryDirectory();
  const outside = join(directory, 'outside');
  const tree = join(directory, 'tree');
  await writeTree(directory, {
    outside: { content: '' },
    'tree/sub/a': { content: '' },
    'tree/run': { content: '' },
  });
  await utimes(outside, 1, 1);
  await chmod(outside, 0o600);
  await symlink(outside, join(tree, 'link'));
  await chmod(join(tree, 'sub/a'), 0o600);
  await chmod(join(tree, 'sub'), 0o700);
  await chmod(join(tree, 'run'), 0o700);
  await settleTree(tree);
  const modes: [string, number][] = [
    ['sub', 0o755],
    ['sub/a', 0o644],
    ['run', 0o755],
  ];
  for (const [path, mode] of modes) {
    const stats = await lstat(join(tree, path));
    expect([path, stats.mode & 0o777, stats.mtimeMs / 1000]).toEqual([path, mode, fixedTime]);
  }
  expect((await lstat(join(tree, 'link'))).mtimeMs / 1000).toBe(fixedTime);
  expect(await readlink(join(tree, 'link'))).toBe(outside);
  const stats = await lstat(outside);
  expect([stats.mode & 0o777, stats.mtimeMs]).toEqual([0o600, 1000]);
});
