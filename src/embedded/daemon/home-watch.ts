// Notices that the cluster's home was removed, so that nothing goes on running of which nobody knows any more.
import { watchFile } from 'node:fs';
import { storeDirectory } from '../store/store-directory.ts';

const pollMilliseconds = 2000;

/** Resolves, with the reason in words, when the cluster's data is gone, or others stand in its place. */
export function watchHome(home: string): Promise<string> {
  return new Promise((resolve) => {
    // By polling: it works on every file system, and removal of a parent directory is seen, too.
    const options = { interval: pollMilliseconds, persistent: false };
    watchFile(storeDirectory(home), options, (now, before) => {
      if (now.nlink === 0 || now.ino !== before.ino) resolve('its files were removed');
    });
  });
}
