// The directory of fox's own state: made with a .gitignore, so that no commit ever takes it along.
import { statSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileSystemError, hasCode } from '../../core/file-system-error.ts';

/** Makes the directory unless it exists. One that holds something already stays as it is. @throws FoxError FILE_SYSTEM. */
export async function makeHome(home: string): Promise<void> {
  try {
    await makeDirectory(home);
    // The first thing that it ever holds, so that it is there whatever happens next.
    if ((await readdir(home)).length === 0) await writeFile(join(home, '.gitignore'), '*\n');
  } catch (error) {
    throw fileSystemError(error, "make the directory of fox's state", home);
  }
}

/** Makes a directory and those above it. Node's own `recursive` never ends where the file system has no room for it (/proc). */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (isDirectory(path)) return;
    const above = dirname(path);
    if (!hasCode(error, 'ENOENT') || isDirectory(above) || above === path) throw error;
    await makeDirectory(above);
    await mkdir(path, { mode: 0o700 });
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
