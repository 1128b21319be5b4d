// The directory of fox's own state: made with a .gitignore, so that no commit ever takes it along.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemError } from '../core/file-system-error.ts';

/** Makes the directory unless it exists. One that holds something already stays as it is. @throws FoxError FILE_SYSTEM. */
export async function makeHome(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true });
    // The first thing that it ever holds, so that it is there whatever happens next.
    if ((await readdir(home)).length === 0) await writeFile(join(home, '.gitignore'), '*\n');
  } catch (error) {
    throw fileSystemError(error, "make the directory of fox's state", home);
  }
}
