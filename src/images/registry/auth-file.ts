// The files in which Docker, Podman, Buildah and Skopeo keep credentials: where they are, and what they say of a registry.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { FoxError } from '../../core/errors.ts';
import { fileSystemError, hasCode } from '../../core/file-system-error.ts';
import { canonicalHost } from '../../core/version/image-reference.ts';

/** Environment variables of the process. */
export type Env = Readonly<Record<string, string | undefined>>;

const entry = z.looseObject({
  auth: z.string().nullish(),
  username: z.string().nullish(),
  password: z.string().nullish(),
  identitytoken: z.string().nullish(),
});

const authFile = z.looseObject({
  auths: z.record(z.string(), entry.nullish()).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});

/** What one such file holds. */
export type AuthFile = z.infer<typeof authFile>;

/** What it holds for one registry. */
export type AuthEntry = z.infer<typeof entry>;

/** Paths, in the order in which they are asked. The first one that knows a registry decides. */
export function authFilePaths(env: Env): string[] {
  const home = env['HOME'] ?? homedir();
  const given = [
    env['REGISTRY_AUTH_FILE'],
    join(env['DOCKER_CONFIG'] ?? join(home, '.docker'), 'config.json'),
    join(env['XDG_RUNTIME_DIR'] ? `${env['XDG_RUNTIME_DIR']}/containers` : podmanDirectory(), 'auth.json'),
    join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'containers', 'auth.json'),
  ];
  return [...new Set(given.filter((path): path is string => path !== undefined && path !== ''))];
}

/** Where Podman and Skopeo keep them without a session, as in CI. */
function podmanDirectory(): string {
  return `/run/containers/${process.getuid?.() ?? 0}`;
}

/**
 * Undefined if there is no such file.
 * @throws FoxError REGISTRY_DENIED if it is damaged, FILE_SYSTEM if it can't be read. Never with what it says.
 */
export async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw fileSystemError(error, 'read the credentials of registries', path);
  }
  if (text.trim() === '') return undefined;
  const result = authFile.safeParse(parseJson(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `, at ${issue.path.join('.')}`;
  throw new FoxError('REGISTRY_DENIED', `${path} is damaged: it is no JSON with credentials${where}`, {
    hints: ['Repair it, or move it away and log in again: `docker login`.'],
  });
}

/** The entry whose key says most about a repository: `ghcr.io/acme/ui` before `ghcr.io/acme` before `ghcr.io`. */
export function entryFor(file: AuthFile, host: string, repository: string): AuthEntry | undefined {
  const fitting = Object.entries(file.auths ?? {}).flatMap(([key, found]) => {
    const { host: keyHost, path } = readKey(key);
    const fits = keyHost === host && (path === '' || `${repository}/`.startsWith(`${path}/`));
    return fits && found !== null && found !== undefined && holdsSomething(found) ? [{ path, found }] : [];
  });
  return fitting.toSorted((a, b) => b.path.length - a.path.length)[0]?.found;
}

/** The helper program that a file names for a registry alone. */
export function helperFor(file: AuthFile, host: string): string | undefined {
  return Object.entries(file.credHelpers ?? {}).find(([key]) => readKey(key).host === host)?.[1];
}

/** Keys of Docker are URLs of registries, such as `https://index.docker.io/v1/`; those of Podman may have a path. */
function readKey(key: string): { host: string; path: string } {
  const [host = '', ...path] = key.replace(/^https?:\/\//i, '').split('/');
  const isUrl = /^https?:\/\//i.test(key);
  const rest = path.filter((part) => part !== '').join('/');
  return { host: canonicalHost(host), path: isUrl || /^v[12]$/.test(rest) ? '' : rest };
}

/** Docker leaves empty entries where a helper keeps the credentials. */
function holdsSomething({ auth, username, identitytoken }: AuthEntry): boolean {
  return [auth, username, identitytoken].some((value) => typeof value === 'string' && value !== '');
}

/** Not JSON: undefined, as the parser's message would quote the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
