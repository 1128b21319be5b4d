// `fox demo`: the Order App from v1 to v3 in a repository of its own, with every command shown as one would type it.
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FoxError } from '../core/errors.ts';
import { fileSystemError } from '../core/file-system-error.ts';
import { readCluster, stopCluster } from '../embedded/daemon/cluster.ts';
import { commitAll, createRepository, listTags, tagCommit } from '../source/new-repository.ts';
import { embeddedPlaces } from './session/embedded-cluster.ts';
import type { ActionContext } from './context.ts';
import { readStory, readTemplate, type StoryStep, writeFiles } from './templates/template.ts';
import { homeOf } from './place/workspace.ts';

export interface DemoOptions {
  /** Where the app is written; default `fox-demo` in the current directory. */
  readonly directory?: string;
  /** Stop the demo's cluster and remove its directory. */
  readonly clean?: boolean;
}

/** Where the demo is, or was. */
export interface DemoResult {
  readonly schema: 'fox/v1';
  readonly kind: 'demo';
  readonly directory: string;
  readonly cleaned: boolean;
  /** Base URL of the router. */
  readonly url?: string;
  /** How to call fox, for what to try next. */
  readonly program: string;
}

/** Runs a fox command line in a directory, shown as its own output; without some variables of the environment. */
export interface RunFox {
  (args: readonly string[], cwd: string, without: readonly string[]): Promise<void>;
}

/** What a user may have set for other apps. The demo is always on the embedded cluster. */
const placeVariables = ['FOX_CONTEXT', 'FOX_NAMESPACE', 'FOX_REGISTRY', 'FOX_APP', 'FOX_VIRTUAL_ENV'];

const template = 'order-app';
/** Marks a directory as the demo's own: only such a one is ever removed. Inside .git, so that it is no file of the app. */
const marker = '.git/fox-demo';

/** Runs the demo; one that was interrupted is completed. */
export async function demo(
  options: DemoOptions,
  context: ActionContext,
  runFox: RunFox,
): Promise<DemoResult> {
  const directory = resolve(context.cwd, options.directory ?? 'fox-demo');
  const program = `node ${join(context.installation, 'bin/fox.js')}`;
  if (options.clean === true) return clean(directory, context, program);
  const fox = async (...args: string[]) => {
    context.signal.throwIfAborted();
    context.emit({ type: 'command', line: `fox ${args.join(' ')}` });
    await runFox(args, directory, placeVariables);
  };
  await prepare(directory);
  const story = await readStory(context.installation, template);
  for (const step of story) {
    const committed = await commitStep(directory, step, context);
    await fox('deploy', step.tag, ...(committed ? [] : ['--commit', step.tag]));
    await fox('status');
  }
  const url = edgeOf(directory, context);
  for (const { tag } of story) await request(`${url}/hops?kf-dep=${tag}`, context);
  await fox('release', 'v2', '--virtual-env', 'team-a');
  await request(`${url}/hops?kf-ve=team-a`, context);
  return { schema: 'fox/v1', kind: 'demo', directory, cleaned: false, url, program };
}

async function prepare(directory: string): Promise<void> {
  if (existsSync(join(directory, marker))) return;
  if (existsSync(directory)) {
    throw new FoxError('IN_USE', `${directory} exists and isn't the demo's`, {
      hints: ['Name another directory: `fox demo <directory>`.'],
    });
  }
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw fileSystemError(error, 'make the directory', directory);
  });
  await createRepository(directory);
  await writeFile(join(directory, marker), 'Made by `fox demo`; removed by `fox demo --clean`.\n');
}

/** Writes the files of a step and commits them under its tag, unless that is done. @returns whether it was done now. */
async function commitStep(
  directory: string,
  { tag, message }: StoryStep,
  { installation, emit, signal }: ActionContext,
): Promise<boolean> {
  signal.throwIfAborted();
  if ((await listTags(directory)).includes(tag)) return false;
  const changed = await writeFiles(directory, await readTemplate(installation, template, tag), () => true);
  emit({ type: 'info', text: `\nChanged ${changed.toSorted().join(', ')}` });
  emit({ type: 'command', line: `git add --all && git commit -m '${message}' && git tag ${tag}` });
  await commitAll(directory, message);
  await tagCommit(directory, tag);
  return true;
}

function edgeOf(directory: string, context: ActionContext): string {
  const info = readCluster(
    embeddedPlaces(homeOf(directory, { ...context, cwd: directory }), context.installation).home,
  );
  if (info.state !== 'running')
    throw new FoxError('CLUSTER_UNREACHABLE', 'the embedded cluster has ended', {
      hints: ['Run `fox demo` again.'],
    });
  return info.edge;
}

async function request(url: string, { emit, signal }: ActionContext): Promise<void> {
  emit({ type: 'command', line: `curl '${url}'` });
  const response = await fetch(url, { signal });
  const body = await response.text();
  if (!response.ok)
    throw new FoxError('WORKLOAD_FAILED', `${url} answered ${response.status}`, {
      details: body.split('\n').slice(0, 10),
    });
  emit({ type: 'info', text: body.trimEnd() });
}

async function clean(directory: string, context: ActionContext, program: string): Promise<DemoResult> {
  if (!existsSync(directory)) {
    throw new FoxError('NOT_FOUND', `there is no demo in ${directory}`, {
      hints: ['Name the directory that the demo was written to: `fox demo <directory> --clean`.'],
    });
  }
  if (!existsSync(join(directory, marker))) {
    throw new FoxError('IN_USE', `${directory} isn't the demo's; it stays`, {
      hints: ['Name the directory that the demo was written to: `fox demo <directory> --clean`.'],
    });
  }
  const home = homeOf(directory, { ...context, cwd: directory });
  await stopCluster(embeddedPlaces(home, context.installation).home);
  await rm(directory, { recursive: true, force: true });
  return { schema: 'fox/v1', kind: 'demo', directory, cleaned: true, program };
}
