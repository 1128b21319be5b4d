// Credentials for registries, from where Docker and Podman keep them.
import { FoxError } from '../../core/errors.ts';
import { type AuthEntry, type AuthFile, authFilePaths, entryFor, type Env } from './auth-file.ts';
import { helperFor, readAuthFile } from './auth-file.ts';
import { askHelper, type HelperAnswer } from './credential-helper.ts';

/** By what one is known to a registry. Never to be printed. */
export type Credentials = {
  /** The file that they are from, or that names the helper that they are from. */
  readonly origin: string;
} & (
  | { readonly type: 'password'; readonly username: string; readonly password: string }
  /** Exchanged for a token at the registry's authorization server. */
  | { readonly type: 'identity'; readonly token: string }
);

/**
 * Credentials for a repository of a registry (`host[:port]` as in references), or undefined if nobody knows any.
 * `repository` may be `''` for the registry as such.
 * @throws FoxError REGISTRY_DENIED if a file is damaged or a helper is missing or fails, FILE_SYSTEM.
 */
export function credentialsFor(host: string, repository: string, env: Env): Promise<Credentials | undefined> {
  return credentialSource(host, env)(repository);
}

/** {@link credentialsFor} many repositories of a registry: a helper is asked once, as it may ask the user. */
export function credentialSource(
  host: string,
  env: Env,
): (repository: string) => Promise<Credentials | undefined> {
  const answers = new Map<string, Promise<HelperAnswer | undefined>>();
  const ask = async (helper: string, path: string) => {
    const answer = answers.get(helper) ?? askHelper(helper, host, path, env);
    answers.set(helper, answer);
    return fromHelper(await answer, path);
  };
  return async (repository) => {
    for (const path of authFilePaths(env)) {
      const file = await readAuthFile(path);
      const found = file === undefined ? undefined : await lookUp(file, path, host, repository, ask);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

async function lookUp(
  file: AuthFile,
  path: string,
  host: string,
  repository: string,
  ask: (helper: string, path: string) => Promise<Credentials | undefined>,
): Promise<Credentials | undefined> {
  const helper = helperFor(file, host);
  if (helper !== undefined && helper !== '') return ask(helper, path);
  const entry = entryFor(file, host, repository);
  if (entry !== undefined) return fromEntry(entry, path, host);
  return typeof file.credsStore === 'string' && file.credsStore !== ''
    ? ask(file.credsStore, path)
    : undefined;
}

function fromHelper(answer: HelperAnswer | undefined, origin: string): Credentials | undefined {
  return answer === undefined ? undefined : ofPair(answer.username, answer.secret, origin);
}

function fromEntry(entry: AuthEntry, origin: string, host: string): Credentials {
  if (entry.identitytoken) return { type: 'identity', token: entry.identitytoken, origin };
  if (!entry.auth) return ofPair(entry.username ?? '', entry.password ?? '', origin);
  // Some tools fill the text up with zeros.
  const pair = Buffer.from(entry.auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = pair.indexOf(':');
  if (colon > 0) return ofPair(pair.slice(0, colon), pair.slice(colon + 1), origin);
  throw new FoxError(
    'REGISTRY_DENIED',
    `${origin} is damaged: the entry for ${host} holds no user and password`,
    {
      hints: [`Log in again: \`docker login ${host}\`.`],
    },
  );
}

/** Helpers say by this user name that the secret is an identity token. */
function ofPair(username: string, secret: string, origin: string): Credentials {
  if (username === '<token>') return { type: 'identity', token: secret, origin };
  return { type: 'password', username, password: secret, origin };
}
