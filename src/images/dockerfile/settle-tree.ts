// Gives all files that a Dockerfile sees one time and usual modes: what else they have comes from this machine.
import { chmod, lstat, lutimes, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemError } from '../../core/file-system-error.ts';
import { fixedTime } from '../layer.ts';

/** Settles a file or directory, and all that is in it. */
export async function settleTree(path: string): Promise<void> {
  try {
    const stats = await lstat(path);
    if (stats.isDirectory()) {
      for (const name of await readdir(path)) await settleTree(join(path, name));
    }
    // Whatever the umask is, a process that isn't root must be able to read them in the image.
    if (!stats.isSymbolicLink())
      await chmod(path, stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644);
    await lutimes(path, fixedTime, fixedTime);
  } catch (error) {
    throw fileSystemError(error, 'prepare the files to build from', path);
  }
}
