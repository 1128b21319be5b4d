// Lets a person edit a text in the editor of their choice.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { FoxError } from '../core/errors.ts';
import { fileSystemError } from '../core/file-system-error.ts';
import type { CommandContext } from './command-definition.ts';

/** Lets a text be edited. @returns it as it was left. @throws FoxError USAGE if the editor fails. */
export type Editor = (text: string) => Promise<string>;

/**
 * The editor that VISUAL or EDITOR names, with arguments as in `code --wait`. The file that it gets is its owner's alone.
 * @param name of that file. @param instead what to do where there is none.
 * One that is named is run without a terminal, too: it may be a program that needs none.
 * @throws FoxError USAGE where neither is set.
 */
export function chosenEditor(name: string, instead: readonly string[], context: CommandContext): Editor {
  const { env, terminal } = context;
  const command = [env['VISUAL'], env['EDITOR']].find((each) => each !== undefined && each.trim() !== '');
  if (command === undefined && terminal === undefined)
    throw new FoxError('USAGE', 'there is no terminal to edit at, and no editor named that needs none', {
      hints: instead,
    });
  if (command === undefined)
    throw new FoxError('USAGE', 'no editor is chosen: neither VISUAL nor EDITOR is set', {
      hints: ['`EDITOR=nano fox …`, or put `export EDITOR=nano` into the profile of your shell.', ...instead],
    });
  return async (text) => {
    const directory = await privateDirectory();
    try {
      const file = join(directory, name);
      await writeFile(file, text, { mode: 0o600 });
      context.output.end();
      await run(command, file, context);
      return await readFile(file, 'utf8');
    } catch (error) {
      throw error instanceof FoxError ? error : fileSystemError(error, 'edit the text', directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
}

/** Keeps a text in a file of its own, which nobody else may read. @returns its path. */
export async function keepText(name: string, text: string): Promise<string> {
  const directory = await privateDirectory();
  const file = join(directory, name);
  try {
    await writeFile(file, text, { mode: 0o600 });
    return file;
  } catch (error) {
    throw fileSystemError(error, 'keep the text', file);
  }
}

async function privateDirectory(): Promise<string> {
  const place = join(tmpdir(), 'fox-edit-');
  try {
    const directory = await mkdtemp(place);
    await chmod(directory, 0o700);
    return directory;
  } catch (error) {
    throw fileSystemError(error, 'make a directory', place);
  }
}

/** By a shell, as git does it: the variable may have arguments and quotes. What it prints is no result of fox. */
async function run(command: string, file: string, { cwd, env, signal }: CommandContext): Promise<void> {
  try {
    await execa('sh', ['-c', `${command} "$@"`, command, file], {
      cwd,
      env,
      extendEnv: false,
      stdin: 'inherit',
      stdout: 2,
      stderr: 'inherit',
      cancelSignal: signal,
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw new FoxError('USAGE', `the editor failed, and nothing was changed: ${command}`, {
      hints: ['VISUAL and EDITOR name the editor; one with a window must wait: `code --wait`.'],
      cause,
    });
  }
}
