// Makes repositories and commits, for the apps that fox writes itself.
import { FoxError } from '../core/errors.ts';
import { git } from './git.ts';

/** Whether a directory is inside a work tree. */
export async function isInWorkTree(directory: string): Promise<boolean> {
  try {
    return (await git(directory, ['rev-parse', '--is-inside-work-tree'])).trim() === 'true';
  } catch (error) {
    if (error instanceof FoxError) throw error;
    return false;
  }
}

/** Makes a repository with the branch `main`. */
export async function createRepository(directory: string): Promise<void> {
  await git(directory, ['init', '--quiet', '--initial-branch=main']);
}

/** Commits everything in a directory. Where the user has told git no name, the commit is fox's. */
export async function commitAll(directory: string, message: string): Promise<void> {
  await git(directory, ['add', '--all']);
  const identity = (await hasIdentity(directory)) ? [] : ['-c', 'user.name=fox', '-c', 'user.email=fox@localhost'];
  await git(directory, [...identity, '-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message', message]);
}

/** Names a commit. */
export async function tagCommit(directory: string, tag: string): Promise<void> {
  await git(directory, ['-c', 'tag.gpgsign=false', 'tag', '--no-sign', tag]);
}

/** Tags of a repository. */
export async function listTags(directory: string): Promise<string[]> {
  return (await git(directory, ['tag', '--list'])).split('\n').filter((tag) => tag !== '');
}

async function hasIdentity(directory: string): Promise<boolean> {
  try {
    await git(directory, ['var', 'GIT_COMMITTER_IDENT'], { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.useConfigOnly', GIT_CONFIG_VALUE_0: 'true' });
    return true;
  } catch (error) {
    if (error instanceof FoxError) throw error;
    return false;
  }
}
