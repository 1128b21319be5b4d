// A home with a cluster of its own, run by the real daemon, built once per test file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import {
  type ClusterInfo,
  readCluster,
  startCluster,
  stopCluster,
} from '../../src/embedded/daemon/cluster.ts';
import { type ClusterFile, readClusterFile } from '../../src/embedded/daemon/cluster-file.ts';
import { isAlive, type ProcessIdentity } from '../../src/embedded/runtime/process-identity.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import { writeProgram } from '../unit/embedded/image-fixture.ts';
import { ApiClient, type Json } from './cluster/cluster-under-test.ts';

/** The built programs. */
export interface Programs {
  readonly dir: string;
  readonly daemon: string;
  /** The module that starts and stops it. */
  readonly cluster: string;
}

/** Builds the daemon as fox's own build does. */
export async function buildPrograms(): Promise<Programs> {
  const dir = await mkdtemp(join(tmpdir(), 'fox-daemon-build-'));
  const { resolve } = createRequire(import.meta.url);
  await build({
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    entryPoints: { embedded: 'src/embedded/main.ts', cluster: 'src/embedded/daemon/cluster.ts' },
    outdir: dir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    define: { FOX_VERSION: '"0.0.0-test"' },
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
    // What fox's own build leaves outside; away from node_modules it has to be named whole.
    plugins: [
      {
        name: 'outside',
        setup: (bundler) =>
          bundler.onResolve({ filter: /^(lmdb|@peculiar\/x509)$/ }, ({ path }) => ({
            path: pathToFileURL(resolve(path)).href,
            external: true,
          })),
      },
    ],
  });
  return { dir, daemon: join(dir, 'embedded.mjs'), cluster: join(dir, 'cluster.mjs') };
}

/** How a started process ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
}

/** A home in a directory of its own. */
export class TestHome {
  readonly dir: string;
  readonly programs: Programs;
  #client: ApiClient | undefined;

  private constructor(dir: string, programs: Programs) {
    this.dir = dir;
    this.programs = programs;
  }

  static async create(programs: Programs): Promise<TestHome> {
    return new TestHome(await mkdtemp(join(tmpdir(), 'fox-home-')), programs);
  }

  get home(): string {
    return join(this.dir, 'cluster');
  }

  get images(): string {
    return join(this.dir, 'images');
  }

  get router(): string {
    return join(this.dir, 'router.mjs');
  }

  get options() {
    return { home: this.home, images: this.images, program: this.programs.daemon, router: this.router };
  }

  start(more: { port?: number; edgePort?: number; keeper?: string } = {}): Promise<ClusterInfo> {
    this.#client?.close();
    this.#client = undefined;
    return startCluster({ ...this.options, ...more });
  }

  stop(): Promise<boolean> {
    return stopCluster(this.home);
  }

  /** Ends what runs and removes everything. */
  async end(): Promise<void> {
    this.#client?.close();
    await this.stop();
    // Also one that lost a race of starts must be gone, and not have come to life since.
    await eventually(
      async () => (await this.processes()).length === 0,
      () => this.log,
    );
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Command lines that name this home; none where the system doesn't show them. */
  async processes(): Promise<string[]> {
    const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    return lines.filter((line) => line.includes(this.dir));
  }

  /** What the daemon says of itself. */
  get file(): ClusterFile {
    const file = readClusterFile(this.home);
    if (file === undefined) throw new Error('no cluster runs');
    return file;
  }

  get daemon(): ProcessIdentity {
    return this.file.process;
  }

  get log(): string {
    return readFileSync(join(this.home, 'cluster.log'), 'utf8');
  }

  get client(): ApiClient {
    const { server, authority, token } = this.file;
    this.#client ??= new ApiClient({ server, authority, token });
    return this.#client;
  }

  /** Ends the daemon as a crash of it would. */
  async kill(): Promise<void> {
    const { daemon } = this;
    process.kill(daemon.pid, 'SIGKILL');
    await eventually(() => !isAlive(daemon));
  }

  /** Runs a daemon directly. */
  async runDaemon(...more: string[]): Promise<Ended> {
    const { home, images, router } = this;
    return run(this.programs.daemon, '--home', home, '--images', images, '--router', router, ...more);
  }

  /** Starts the cluster from a process of its own, as a command of fox does. */
  async startElsewhere(): Promise<Ended> {
    const script = join(this.dir, 'start.mjs');
    const module = pathToFileURL(this.programs.cluster).href;
    await writeFile(
      script,
      `import { startCluster } from ${JSON.stringify(module)};
       const info = await startCluster(${JSON.stringify(this.options)});
       process.stdout.write(String(info.pid));`,
    );
    return run(script);
  }

  /** Writes the router's program: one that does as little as a router can. */
  async writeRouter(source: string): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    await writeFile(this.router, source);
  }

  /** Makes a Deployment of a program. */
  async deploy(
    source: string,
    change: { name?: string; replicas?: number; annotations?: Record<string, string> } = {},
  ): Promise<Json> {
    const { name = 'web', replicas = 1, annotations = {} } = change;
    const labels = { app: name, 'kubefox.io/hash': name };
    const containers = [
      { name: 'main', image: await writeProgram(this.images, source), command: ['node', 'server.js'] },
    ];
    const answer = await this.client.post('/apis/apps/v1/namespaces/default/deployments', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels, annotations }, spec: { containers } },
      },
    });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  }

  async deployment(name = 'web'): Promise<Json> {
    return (await this.client.get(`/apis/apps/v1/namespaces/default/deployments/${name}`)).body;
  }

  async pods(): Promise<Json[]> {
    return (await this.client.get('/api/v1/namespaces/default/pods')).body.items;
  }

  /** Waits until a Deployment has so many available pods, and gives all pods. */
  async seeAvailable(count: number, name = 'web'): Promise<Json[]> {
    await eventually(
      async () => (await this.deployment(name)).status?.availableReplicas === count,
      () => this.log,
    );
    return this.pods();
  }

  get state(): string {
    return readCluster(this.home).state;
  }
}

/** pids of the processes of pods. */
export function pidsOf(pods: readonly Json[]): number[] {
  return pods.map(({ status }) => Number(status.containerStatuses[0].containerID.replace('process://', '')));
}

async function run(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [stdout, [code]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, stdout };
}
