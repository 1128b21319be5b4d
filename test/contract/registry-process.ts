// A real registry (docker-registry) on a free port for tests, ended after the test; without the program they are skipped.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { stringify } from 'yaml';
import { loadCertificate } from '../../src/embedded/api/certificate.ts';
import { skip } from './images-sample.ts';

/** How it asks who one is, and whether it speaks HTTPS. */
export interface RegistrySettings {
  readonly auth?: 'password' | { readonly realm: string; readonly authority: string };
  readonly tls?: boolean;
}

/** A registry that runs. */
export interface RunningRegistry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** Its files: `docker/registry/v2/…`. */
  readonly storage: string;
  /** File with the certificate of who signed its own. */
  readonly authority: string;
  stop(): Promise<void>;
}

/** The user of a registry that asks for a password. */
export const user = { name: 'alice', password: 'open sesame' } as const;

/** bcrypt of {@link user}. */
const passwords = `${user.name}:$2b$04$QIIcN7PmNKJn8TcisZdoj.8jNRImEBBl2Ty7OIgN8E4fe6SCt49Ee\n`;

/** Starts one, empty; the test's end stops it. */
export async function startRegistry(
  context: TestContext,
  { auth, tls = false }: RegistrySettings = {},
): Promise<RunningRegistry> {
  requireProgram(context, 'docker-registry', 'Debian package docker-registry');
  const directory = await temporaryDirectory();
  const storage = join(directory, 'storage');
  const authority = join(directory, 'authority.pem');
  const certificate = await loadCertificate(join(directory, 'certificate.pem'));
  await writeFile(authority, certificate.authority);
  await writeFile(join(directory, 'server.pem'), certificate.certificate);
  await writeFile(join(directory, 'server.key'), certificate.key);
  await writeFile(join(directory, 'passwords'), passwords);
  const config = {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: {
      addr: '127.0.0.1:0',
      secret: 'of the test',
      ...(tls
        ? { tls: { certificate: join(directory, 'server.pem'), key: join(directory, 'server.key') } }
        : {}),
    },
    ...authOf(auth, directory),
  };
  await writeFile(join(directory, 'config.yml'), stringify(config));
  return { ...(await run(join(directory, 'config.yml'))), storage, authority };
}

function authOf(auth: RegistrySettings['auth'], directory: string): object {
  if (auth === undefined) return {};
  if (auth === 'password') {
    return { auth: { htpasswd: { realm: 'test', path: join(directory, 'passwords') } } };
  }
  const { realm, authority } = auth;
  return { auth: { token: { realm, service: 'registry', issuer: 'test', rootcertbundle: authority } } };
}

async function run(config: string): Promise<Pick<RunningRegistry, 'host' | 'stop'>> {
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(stop);
  let log = '';
  for await (const chunk of child.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    log += String(chunk);
    const port = /listening on 127\.0\.0\.1:(\d+)/.exec(log)?.[1];
    if (port === undefined) continue;
    child.stderr.resume();
    return { host: `127.0.0.1:${port}`, stop };
  }
  throw new Error(`docker-registry ended: ${log}`);
}

/** Skips the test, and says so, where a program is missing. */
export function requireProgram(context: TestContext, program: string, from: string): void {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
  } catch {
    skip(context, `${program} is not installed (${from})`);
  }
}

/** A fresh directory, removed after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** An environment in which there are no credentials but those given, as `auths` of Docker's config. */
export async function environmentWith(
  auths: Readonly<Record<string, object>> = {},
): Promise<NodeJS.ProcessEnv> {
  const home = await temporaryDirectory();
  await writeFile(join(home, 'config.json'), JSON.stringify({ auths }));
  return { PATH: process.env['PATH'], HOME: home, DOCKER_CONFIG: home };
}

/** Docker's entry for {@link user}. */
export const userEntry = { auth: Buffer.from(`${user.name}:${user.password}`).toString('base64') };
