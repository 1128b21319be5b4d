// Which git there is.
import { gitOutput } from './git.ts';

/** `2.39.5`, or more where a vendor adds something. @throws FoxError GIT_NOT_READY if git can't be run. */
export async function gitVersion(directory: string): Promise<string> {
  const out = await gitOutput(directory, ['--version']);
  return out.trim().replace(/^git version /, '');
}
