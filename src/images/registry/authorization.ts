// Proves to a registry who one is, as it asks for it: by tokens of its authorization server, by password, or not at all.
import type { FoxError } from '../../core/errors.ts';
import { parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { type Access, denied } from './registry-error.ts';
import { type FetchToken, type Token, type TokenRequest } from './token.ts';

/** What the registry is told, per request. */
export interface Authorization {
  /** Value of the Authorization header; undefined where the registry has asked for nothing yet, or nothing is known. */
  header(access: Access): Promise<string | undefined>;
  /**
   * Takes note of an answer 401 to a request with that header.
   * @throws FoxError REGISTRY_DENIED if there is nothing better to show.
   */
  refused(
    access: Access,
    header: string | undefined,
    challenge: string | readonly string[] | undefined,
  ): Promise<void>;
  /** The error for what these credentials don't allow. */
  denial(access: Access, lines?: readonly string[]): Promise<FoxError>;
}

/** What an authorization needs to know. */
export interface AuthorizationOptions {
  readonly host: string;
  readonly credentials: (repository: string) => Promise<Credentials | undefined>;
  readonly fetchToken: FetchToken;
}

/** Credentials, or why they can't be had: registries may do without. */
interface Known {
  readonly credentials?: Credentials;
  readonly problem?: unknown;
}

/** What the registry has asked for. */
type Demand =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | undefined };

/** Credentials are looked up when the registry asks for them, and once per repository. */
export function authorizationFor(options: AuthorizationOptions): Authorization {
  const { host } = options;
  const lookUps = new Map<string, Promise<Known>>();
  const tokens = new Map<string, Promise<Token>>();
  const furtherScopes = new Map<string, string>();
  let demand: Demand | undefined;

  const knownFor = ({ repository }: Access): Promise<Known> => {
    const known = lookUps.get(repository) ?? lookUp(options, repository);
    lookUps.set(repository, known);
    return known;
  };
  const denial = async (access: Access, lines: readonly string[] = []) => {
    const { credentials, problem } = await knownFor(access);
    return problem === undefined ? denied(host, access, credentials?.origin, lines) : (problem as FoxError);
  };
  const token = async (access: Access, bearer: Demand & { scheme: 'bearer' }): Promise<string> => {
    const own = scopesOf(access);
    const further = (furtherScopes.get(keyOf(access)) ?? '').split(' ');
    const missing = further.filter((scope) => scope !== '' && !own.some((each) => covers(each, scope)));
    const { credentials } = await knownFor(access);
    const request: TokenRequest = {
      ...bearer,
      host,
      scopes: [...own, ...missing],
      credentials,
      denial: (lines) => denial(access, lines),
    };
    return currentToken(tokens, keyOf(access), () => options.fetchToken(request));
  };
  const header = async (access: Access) => {
    if (demand === undefined) return undefined;
    if (demand.scheme === 'bearer') return `Bearer ${await token(access, demand)}`;
    const { credentials } = await knownFor(access);
    if (credentials?.type !== 'password') return undefined;
    return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  };
  return {
    header,
    denial,
    refused: async (access, shown, text) => {
      const challenges = parseChallenges(text);
      demand = demandOf(challenges) ?? demand;
      const scope = challenges.find(({ scheme }) => scheme === 'bearer')?.parameters['scope'];
      if (scope !== undefined) furtherScopes.set(keyOf(access), scope);
      // A token that has expired before its time is replaced by another one; the same password isn't tried twice.
      const current = await tokens.get(keyOf(access));
      if (shown === `Bearer ${current?.value}`) tokens.delete(keyOf(access));
      const next = await header(access);
      if (next === undefined || (next === shown && demand?.scheme === 'basic')) throw await denial(access);
    },
  };
}

async function lookUp(options: AuthorizationOptions, repository: string): Promise<Known> {
  try {
    const credentials = await options.credentials(repository);
    return credentials === undefined ? {} : { credentials };
  } catch (problem) {
    // A helper that is missing matters only if the registry doesn't do without: then it is the error.
    return { problem };
  }
}

/** Many requests that start together share one token. */
async function currentToken(
  tokens: Map<string, Promise<Token>>,
  key: string,
  fetch: () => Promise<Token>,
): Promise<string> {
  const there = tokens.get(key);
  const token = there === undefined ? undefined : await there;
  if (token !== undefined && performance.now() < token.expiresAt) return token.value;
  if (tokens.get(key) === there) {
    const fresh = fetch();
    tokens.set(key, fresh);
    fresh.catch(() => tokens.get(key) === fresh && tokens.delete(key));
  }
  return (await (tokens.get(key) ?? fetch())).value;
}

function demandOf(challenges: ReturnType<typeof parseChallenges>): Demand | undefined {
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters['realm']);
  const realm = bearer?.parameters['realm'];
  if (realm !== undefined) return { scheme: 'bearer', realm, service: bearer?.parameters['service'] };
  return challenges.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

const actionsFor = { pull: 'pull', push: 'pull,push', delete: 'pull,push,delete' } as const;

function scopesOf({ repository, action, from }: Access): string[] {
  const own = `repository:${repository}:${actionsFor[action]}`;
  return from === undefined ? [own] : [own, `repository:${from}:pull`];
}

/** Whether who may do what `scope` says may do what `other` says: `repository:a:pull,push` covers `repository:a:pull`. */
function covers(scope: string, other: string): boolean {
  const [end, otherEnd] = [scope.lastIndexOf(':'), other.lastIndexOf(':')];
  const actions = scope.slice(end + 1).split(',');
  const isSame = scope.slice(0, end) === other.slice(0, otherEnd);
  return (
    isSame &&
    other
      .slice(otherEnd + 1)
      .split(',')
      .every((action) => actions.includes(action))
  );
}

function keyOf(access: Access): string {
  return scopesOf(access).join(' ');
}
