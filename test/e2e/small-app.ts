// An app of a few lines in a repository of its own, for stories about what goes wrong.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { program, type Sandbox } from './sandbox.ts';

/** A component as its config says; the rest has defaults. */
export interface SmallComponent {
  readonly routes?: readonly (string | object)[];
  readonly command?: readonly string[];
  readonly build?: { readonly command: string } | { readonly base: string };
  readonly [key: string]: unknown;
}

/** What a component's server says, by the name of its release. */
export interface Answer {
  readonly component: string;
  readonly release: string;
  readonly pid: number;
}

/** Source of a server that answers with its release, late for `/slow`; `before` is run first, `listen` begins to serve. */
export function serverOf(release: string, { before = '', start = 'listen()' } = {}): string {
  return `${before}
const self = { component: process.env.FOX_COMPONENT, release: ${JSON.stringify(release)}, pid: process.pid };
const server = require('http').createServer((request, response) => {
  setTimeout(() => response.end(JSON.stringify(self)), request.url.startsWith('/slow') ? 500 : 0);
});
const listen = () => server.listen(process.env.PORT);
process.on('SIGTERM', () => {
  server.close(() => process.exit());
  setInterval(() => server.closeIdleConnections(), 20);
});
${start};
`;
}

/** A server that begins to serve when a file exists. */
export function gatedServerOf(release: string, gate: string): string {
  return serverOf(release, {
    start: `const wait = () => (require('fs').existsSync(${JSON.stringify(gate)}) ? listen() : setTimeout(wait, 20)); wait()`,
  });
}

/** An app in a repository. */
export class SmallApp {
  readonly sandbox: Sandbox;
  /** Its directory in the sandbox. */
  readonly cwd: string;

  private constructor(sandbox: Sandbox, cwd: string) {
    this.sandbox = sandbox;
    this.cwd = cwd;
  }

  /** A repository without a commit. */
  static async create(sandbox: Sandbox, cwd: string): Promise<SmallApp> {
    await mkdir(sandbox.path(cwd), { recursive: true });
    await sandbox.git(['init', '--quiet', '--initial-branch=main'], cwd);
    return new SmallApp(sandbox, cwd);
  }

  async write(path: string, text: string): Promise<void> {
    const file = this.sandbox.path(this.cwd, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  /** Writes the config of an app named as its directory; each component is in the directory of its name. */
  async configure(
    components: Readonly<Record<string, SmallComponent>>,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const full = Object.entries(components).map(([name, component]) => [
      name,
      { path: name, command: ['node', 'server.js'], ...component },
    ]);
    const config = { app: this.cwd, ...more, components: Object.fromEntries(full) as object };
    // JSON is YAML.
    await this.write('fox.config.yaml', JSON.stringify(config, undefined, 2));
  }

  /** Commits everything. @returns the commit's id. */
  async commit(message = 'change'): Promise<string> {
    await this.sandbox.git(['add', '--all'], this.cwd);
    await this.sandbox.git(['commit', '--quiet', '--allow-empty', '--message', message], this.cwd);
    return (await this.sandbox.git(['rev-parse', 'HEAD'], this.cwd)).trim();
  }

  /** One component `web` that answers everything with its release, committed. */
  async release(release: string, source = serverOf(release)): Promise<string> {
    await this.write('web/server.js', source);
    await this.configure({ web: { routes: ['PathPrefix(`/`)'] } });
    return this.commit(release);
  }

  /** Runs fox in the app's directory. */
  async fox(...args: readonly string[]) {
    return this.sandbox.run(process.execPath, [program, ...args], { cwd: this.cwd });
  }

  /** Runs fox with `-o json`, which must succeed. */
  async json<T>(...args: readonly string[]): Promise<T> {
    return this.sandbox.json<T>(args.join(' '), { cwd: this.cwd });
  }
}
