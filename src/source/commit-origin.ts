// When a commit was made and where its repository is: what images say of where they come from.
import { gitOutput } from './git.ts';

/** What git knows of a commit's origin. */
export interface CommitOrigin {
  /** Seconds since 1970. */
  readonly committedAt: number;
  /** URL of the remote `origin`, without credentials; absent if there is none. */
  readonly repository?: string;
}

/** @throws FoxError GIT_NOT_READY. */
export async function commitOrigin(root: string, commit: string): Promise<CommitOrigin> {
  const [time, remotes] = await Promise.all([
    gitOutput(root, ['show', '-s', '--no-show-signature', '--format=%ct', commit]),
    gitOutput(root, ['config', '--default', '', '--get', 'remote.origin.url']),
  ]);
  const repository = withoutCredentials(remotes.trim());
  return { committedAt: Number(time.trim()), ...(repository === undefined ? {} : { repository }) };
}

/** A remote's URL as others may see it; undefined for a directory of this machine. */
export function withoutCredentials(url: string): string | undefined {
  if (/^[a-z+]+:\/\//i.test(url)) {
    try {
      const parsed = new URL(url);
      if (parsed.protocol === 'file:') return undefined;
      parsed.username = '';
      parsed.password = '';
      parsed.search = '';
      parsed.hash = '';
      return parsed.href;
    } catch {
      // What isn't a URL may hold a secret anywhere.
      return undefined;
    }
  }
  // As in `git@github.com:acme/shop.git`; an @ further on may end a secret that stands at the wrong place.
  const scp = /^(?:[^@/:]+@)?([^@/:]+):(?!\/\/|:)([^@]+)$/.exec(url);
  return scp === null ? undefined : `ssh://${scp[1]}/${scp[2]?.replace(/^\//, '')}`;
}
