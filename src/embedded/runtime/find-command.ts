// Finds the program that a container's command means on this machine.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';

/** The command can't be started; the message names it and where it was looked for. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem';
}

/** Where a command is looked for. */
export interface CommandPlace {
  /** The directory that stands for the image's `/`. */
  readonly root: string;
  /** Working directory of the process, outside. */
  readonly cwd: string;
  /** The process's PATH. */
  readonly path: string;
}

/**
 * Absolute path of the program: a bare name comes from PATH, a relative path starts at the working directory, and an
 * absolute one is looked for in the image first and then on the machine.
 * @throws CommandProblem
 */
export async function findCommand(command: string, { root, cwd, path }: CommandPlace): Promise<string> {
  const candidates = candidatesFor(command, root, cwd, path);
  let refused = false;
  for (const candidate of candidates) {
    const verdict = await look(candidate);
    if (verdict === 'runs') return candidate;
    refused ||= verdict === 'refused';
  }
  const reason = refused ? "isn't an executable file" : 'was not found';
  const where = command.includes('/') ? '' : ` in PATH (${path})`;
  throw new CommandProblem(`command "${command}" ${reason}${where}`);
}

function candidatesFor(command: string, root: string, cwd: string, path: string): string[] {
  if (isAbsolute(command)) return [join(root, command), command];
  if (command.includes('/')) return [resolve(cwd, command)];
  const directories = path.split(':').filter((directory) => directory !== '');
  return directories.map((directory) => resolve(cwd, directory, command));
}

async function look(path: string): Promise<'runs' | 'refused' | 'absent'> {
  try {
    if (!(await stat(path)).isFile()) return 'refused';
    await access(path, constants.X_OK);
    return 'runs';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'refused' : 'absent';
  }
}
