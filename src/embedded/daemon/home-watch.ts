// Notices that the cluster's home was removed, so that nothing goes on running of which nobody knows any more.
import { watchFile } from 'node:fs';
import { join } from 'node:path';

const pollMilliseconds = 2000;

/** Resolves, with the reason in words, when the cluster's data is gone. */
export function watchHome(home: string): Promise<string> {
  return new Promise((resolve) => {
    // By polling: it works on every file system, and removal of a parent directory is seen, too.
    watchFile(join(home, 'kubeconfig'), { interval: pollMilliseconds, persistent: false }, ({ nlink }) => {
      if (nlink === 0) resolve('its files were removed');
    });
  });
}
