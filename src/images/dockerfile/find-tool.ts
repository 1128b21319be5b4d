// Finds a program that can build Dockerfiles here: the one that is wished for, or the first that is ready.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type BuildTool, buildTools } from '../../core/version/build-tool.ts';
import { FoxError } from '../../core/errors.ts';
import { runChild } from '../child-process.ts';
import { buildxCommands, toolCommands, type ToolCommands, toolVariables } from './tool-commands.ts';

/** A program that is ready to build. */
export interface ReadyTool {
  readonly name: BuildTool;
  /** Absolute path of the program. */
  readonly file: string;
  readonly commands: ToolCommands;
  /** The environment that it runs in. */
  readonly env: Readonly<Record<string, string>>;
}

/** Where to look, and for which one; without `wanted` for any. */
export interface ToolSearch {
  readonly wanted?: BuildTool | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** @throws FoxError BUILDER_NOT_READY naming each program that was looked for, and what it lacks. */
export async function findTool(search: ToolSearch): Promise<ReadyTool> {
  const problems: string[] = [];
  for (const name of search.wanted === undefined ? buildTools : [search.wanted]) {
    const found = await tryTool(name, search);
    if (typeof found !== 'string') return found;
    problems.push(`${name}: ${found}`);
  }
  const what = search.wanted ?? 'no program that builds Dockerfiles';
  throw new FoxError(
    'BUILDER_NOT_READY',
    `${what} is ${search.wanted === undefined ? '' : 'not '}ready here`,
    {
      details: problems,
      hints: [
        'Install Docker or Podman, or Buildah, which needs neither a daemon nor root: `apt-get install buildah`.',
        search.wanted === undefined
          ? 'Or do without a Dockerfile: `build: { command: …, base: … }` needs no such program.'
          : `Or let fox find another one: leave out \`builder\`, --builder and FOX_BUILDER.`,
      ],
    },
  );
}

/** The program, or why it can't be used. */
async function tryTool(name: BuildTool, { env, signal }: ToolSearch): Promise<ReadyTool | string> {
  const file = await findProgram(name, env['PATH'] ?? '');
  if (file === undefined) return 'not found in PATH';
  const tool = { name, file, env: { ...defined(env), ...toolVariables } };
  const commands = toolCommands[name];
  const { exitCode, tail } = await ask(tool, commands.ready, signal);
  if (exitCode !== 0)
    return `${commands.notReady}${tail.length === 0 ? '' : ` (${tail.slice(-1).join('')})`}`;
  if (name !== 'docker') return { ...tool, commands };
  const buildx = await ask(tool, ['buildx', 'version'], signal);
  return { ...tool, commands: buildx.exitCode === 0 ? buildxCommands : commands };
}

function ask({ file, env }: Omit<ReadyTool, 'commands'>, args: readonly string[], signal: AbortSignal) {
  return runChild({ file, args, directory: '/', env, signal, onOutput: () => undefined });
}

async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter((each) => each !== '')) {
    const file = join(directory, name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

function defined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
