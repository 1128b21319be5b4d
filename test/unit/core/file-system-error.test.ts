import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FoxError } from '../../../src/core/errors.ts';
import { fileSystemError, hasCode } from '../../../src/core/file-system-error.ts';
import { temporaryDirectory } from '../images/fixture.ts';

test('an error of the file system becomes one that names action, path and reason', async () => {
  const file = join(await temporaryDirectory(), 'missing');
  const cause: unknown = await readFile(file).catch((error: unknown) => error);
  expect(fileSystemError(cause, 'read the image', '/elsewhere')).toMatchObject({
    code: 'FILE_SYSTEM',
    message: `can't read the image: ${file}: no such file or directory`,
    cause,
  });
});

test('a full disk hints at how to get space', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    errno: -28,
    syscall: 'write',
  });
  const error = fileSystemError(full, 'store the image', '/images');
  expect(error).toMatchObject({ message: "can't store the image: /images: no space left on device" });
  expect(error).toHaveProperty('hints.0', 'Free some space, then run the command again.');
});

test('other errors stay what they are', () => {
  const own = new FoxError('CANCELLED', 'no');
  const bug = new TypeError('bug');
  expect(fileSystemError(own, 'read', '/x')).toBe(own);
  expect(fileSystemError(bug, 'read', '/x')).toBe(bug);
  expect(hasCode(bug, 'ENOENT')).toBe(false);
});
