// Makes repositories and commits, for the apps that fox writes itself.
import { git, gitAgrees } from './git.ts';

/** Whether a directory is inside a work tree. @throws FoxError GIT_NOT_READY if git can't be run. */
export async function isInWorkTree(directory: string): Promise<boolean> {
  return gitAgrees(directory, ['rev-parse', '--show-toplevel']);
}

/** Makes a repository with the branch `main`. */
export async function createRepository(directory: string): Promise<void> {
  await git(directory, ['init', '--quiet', '--initial-branch=main']);
}

/** Commits everything in a directory. Where the user has told git no name, the commit is fox's. */
export async function commitAll(directory: string, message: string): Promise<void> {
  await git(directory, ['add', '--all']);
  const named = await gitAgrees(directory, ['-c', 'user.useConfigOnly=true', 'var', 'GIT_COMMITTER_IDENT']);
  const identity = named ? [] : ['-c', 'user.name=fox', '-c', 'user.email=fox@localhost'];
  const commit = ['commit', '--quiet', '--no-verify', '--message', message];
  await git(directory, [...identity, '-c', 'commit.gpgsign=false', ...commit]);
}

/** Names a commit. */
export async function tagCommit(directory: string, tag: string): Promise<void> {
  await git(directory, ['-c', 'tag.gpgsign=false', 'tag', '--no-sign', tag]);
}

/** Tags of a repository. */
export async function listTags(directory: string): Promise<string[]> {
  return (await git(directory, ['tag', '--list'])).split('\n').filter((tag) => tag !== '');
}
