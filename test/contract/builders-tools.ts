// The programs that build Dockerfiles, as tests find them here: those of the machine, or an engine of Docker's started for a test.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import type { BuildTool } from '../../src/core/version/build-tool.ts';
import { FoxError } from '../../src/core/errors.ts';
import { findTool, type ReadyTool } from '../../src/images/dockerfile/find-tool.ts';
import { skip } from './images-sample.ts';
import { temporaryDirectory } from './registry-process.ts';

/** A program that is ready to build, or the test is skipped and says why. */
export async function requireTool(context: TestContext, name: BuildTool): Promise<ReadyTool> {
  const env = { ...process.env, ...(name === 'docker' ? await dockerEngine() : await ownStorage()) };
  try {
    return await findTool({ wanted: name, env, signal: new AbortController().signal });
  } catch (error) {
    if (!(error instanceof FoxError)) throw error;
    return skip(context, `${name} can't be tried: ${error.details.join(', ')}`);
  }
}

/** Buildah and Podman keep what they make in a directory of the test's. */
async function ownStorage(): Promise<Record<string, string>> {
  const directory = await temporaryDirectory();
  const [graph, run] = [join(directory, 'graph'), join(directory, 'run')];
  const settings = `[storage]\ndriver = "vfs"\ngraphroot = "${graph}"\nrunroot = "${run}"\n`;
  await writeFile(join(directory, 'storage.conf'), settings);
  // Chroot isolation works also where containers can't be started, as in most CI jobs.
  return { CONTAINERS_STORAGE_CONF: join(directory, 'storage.conf'), BUILDAH_ISOLATION: 'chroot' };
}

let engine: Promise<Record<string, string>> | undefined;

/** Where Docker's engine is: the machine's own, or one that is started with nothing of the machine's. */
function dockerEngine(): Promise<Record<string, string>> {
  return (engine ??= startEngine());
}

async function startEngine(): Promise<Record<string, string>> {
  if (succeeds('docker', 'version') || !succeeds('dockerd', '--version') || process.getuid?.() !== 0)
    return {};
  const directory = await mkdtemp(join(tmpdir(), 'fox-docker-'));
  await writeFile(join(directory, 'daemon.json'), '{}');
  const socket = join(directory, 'docker.sock');
  const child = spawn(
    'dockerd',
    [
      `--host=unix://${socket}`,
      `--config-file=${join(directory, 'daemon.json')}`,
      `--data-root=${join(directory, 'data')}`,
      `--exec-root=${join(directory, 'exec')}`,
      `--pidfile=${join(directory, 'pid')}`,
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
      '--ip-masq=false',
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  stopEngine = async () => {
    child.kill();
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  for (
    const deadline = Date.now() + 15_000;
    Date.now() < deadline && child.exitCode === null;
    await delay(50)
  ) {
    if (await answers(socket)) return { DOCKER_HOST: `unix://${socket}` };
  }
  return {};
}

let stopEngine: (() => Promise<void>) | undefined;

/** Ends the engine that was started for the tests of a file. */
export async function endEngine(): Promise<void> {
  await stopEngine?.();
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket);
    connection.once('connect', () => resolve((connection.destroy(), true)));
    connection.once('error', () => resolve(false));
  });
}

function succeeds(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** Copies programs of this machine, with what they link to, below a directory: enough to run them in an image. */
export function copyPrograms(context: TestContext, into: string, programs: readonly string[]): void {
  const needed = new Set<string>();
  for (const program of programs) {
    const file = ['/bin', '/usr/bin'].map((each) => join(each, program)).find(existsSync);
    if (file === undefined) skip(context, `${program} is missing`);
    needed.add(file);
    let links: string;
    try {
      links = execFileSync('ldd', [file], { encoding: 'utf8', stdio: 'pipe' });
    } catch {
      skip(context, 'ldd is missing');
    }
    for (const [library] of links.matchAll(/\/\S+/g)) needed.add(library);
  }
  for (const file of needed) {
    mkdirSync(join(into, dirname(file)), { recursive: true });
    cpSync(realpathSync(file), join(into, file));
  }
}

/** Ids of running processes whose command line holds a text. */
export async function processesWith(text: string): Promise<number[]> {
  const listed = execFileSync('ps', ['-axww', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return listed.flatMap((line) => {
    const [, pid, args] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return args?.includes(text) === true && !args.includes('ps -axww') ? [Number(pid)] : [];
  });
}

/** Waits for something; fails after ten seconds. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('it did not happen');
    await delay(20);
  }
}
