// How one proves who one is to a cluster: what a kubeconfig's user says, turned into certificates and headers.
import { readFile } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import type { ConnectionOptions } from '../api/transport.ts';
import { FoxError } from '../../core/errors.ts';
import { checkCertificate, expiryOf } from './certificate.ts';
import type { PluginCredentials } from './credential-plugin.ts';
import type { Impersonation, UserEntry } from './kubeconfig.ts';

/** What requests are made with. */
export interface Identity {
  /** PEM. */
  readonly cert?: string;
  /** PEM. */
  readonly key?: string;
  readonly headers: OutgoingHttpHeaders;
}

/** Where the identity comes from. */
export interface IdentitySource {
  /** @throws FoxError CLUSTER_UNAUTHORIZED if a file or a plugin doesn't give what it should. */
  get(): Promise<Identity>;
  /** The cluster didn't accept one: {@link get} makes another. False if that can't make a difference. */
  renew(refused: ConnectionOptions): boolean;
}

/** What somebody's identity needs from outside. */
export interface IdentityContext {
  /** Context of the kubeconfig, for messages. */
  readonly context: string;
  /** Runs the user's credential plugin. */
  readonly askPlugin: () => Promise<PluginCredentials>;
}

/** An identity without anything: the cluster takes one as `system:anonymous`. */
export const nobody: IdentitySource = {
  get: () => Promise.resolve({ headers: {} }),
  renew: () => false,
};

/** The identity of a kubeconfig's user. Files are read, and plugins asked, when it is first needed. */
export function identitySource(user: UserEntry, { context, askPlugin }: IdentityContext): IdentitySource {
  let certificate: Promise<Pick<Identity, 'cert' | 'key'>> | undefined;
  let answer: Promise<PluginCredentials> | undefined;
  let latest: Identity | undefined;
  const askOnce = async () => {
    const asked = (answer ??= askPlugin());
    const known = await asked;
    if ((known.expiresAt ?? Infinity) > Date.now()) return known;
    // Another request may have asked meanwhile.
    if (answer === asked) answer = askPlugin();
    return answer;
  };
  const forget = () => {
    certificate = undefined;
    answer = undefined;
  };
  const get = async () => {
    const own = await (certificate ??= readCertificate(user));
    const header = await ownHeader(user);
    const given = header === undefined && user.plugin !== undefined ? await askOnce() : undefined;
    return joined(user, own, given, header ?? given?.authorization);
  };
  return {
    get: async () => {
      try {
        latest = await get();
        return latest;
      } catch (error) {
        // What failed may succeed the next time.
        forget();
        throw noCredentials(context, error);
      }
    },
    renew: ({ cert, headers }) => {
      const isLatest =
        cert === latest?.cert && headers?.['authorization'] === latest?.headers['authorization'];
      if (!isLatest) return true;
      forget();
      return [user.plugin, user.tokenFile, user.certificateFile].some((each) => each !== undefined);
    },
  };
}

/** A plugin's certificate counts more than the kubeconfig's. */
function joined(
  { impersonation }: UserEntry,
  own: Pick<Identity, 'cert' | 'key'>,
  given: PluginCredentials | undefined,
  authorization: string | undefined,
): Identity {
  const { cert, key } = given?.cert === undefined ? own : given;
  return {
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...impersonationHeaders(impersonation),
    },
  };
}

function noCredentials(context: string, cause: unknown): FoxError {
  if (cause instanceof FoxError && cause.code === 'CANCELLED') return cause;
  const why = cause instanceof Error ? cause.message.trim() : String(cause);
  const { hints = [], details = [] } = cause instanceof FoxError ? cause : {};
  return new FoxError('CLUSTER_UNAUTHORIZED', `no credentials for context ${context}: ${why}`, {
    hints: hints.length > 0 ? hints : [`\`kubectl --context ${context} auth whoami\` will say the same.`],
    details,
    cause,
  });
}

async function readCertificate(user: UserEntry): Promise<Pick<Identity, 'cert' | 'key'>> {
  const cert = await readPem(user.certificateFile, user.certificateData);
  const key = await readPem(user.keyFile, user.keyData);
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined)
    throw new Error('a client certificate needs a key, and a key its certificate');
  checkCertificate({ cert, key }, 'the client certificate');
  return { cert, key };
}

/** PEM of a file, or of base64 in the kubeconfig, which counts more. */
export async function readPem(
  file: string | undefined,
  data: string | undefined,
): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : readFile(file, 'utf8');
}

/** The Authorization header that needs no plugin. */
async function ownHeader(user: UserEntry): Promise<string | undefined> {
  const { tokenFile, token, username, password = '', authProvider } = user;
  // Read each time: it is rotated.
  if (tokenFile !== undefined) return bearer(await readFile(tokenFile, 'utf8'), tokenFile);
  if (token !== undefined) return bearer(token, 'the token');
  if (username !== undefined) return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return authProvider === undefined ? undefined : providerToken(authProvider);
}

function bearer(text: string, what: string): string {
  const token = text.trim();
  if (token === '') throw new Error(`${what} is empty`);
  // Not in the message: it is a secret.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Error(`${what} is no token: it has characters that none has`);
  return `Bearer ${token}`;
}

/**
 * kubectl's built-in providers. Only it renews an OpenID token, as it must write the new refresh token to the
 * kubeconfig: a second program that used up the old one would log the user out.
 */
function providerToken({ name, config }: NonNullable<UserEntry['authProvider']>): string {
  if (name !== 'oidc') {
    throw new FoxError('CLUSTER_UNAUTHORIZED', `auth provider "${name}" is none that Kubernetes still has`, {
      hints: ['Have your cloud write the kubeconfig anew: it then names a credential plugin.'],
    });
  }
  const token = config['id-token'];
  if (typeof token !== 'string') throw new Error('the OpenID provider has given no token yet');
  if (expiryOf(token) > Date.now()) return bearer(token, 'the OpenID token');
  throw new FoxError('CLUSTER_UNAUTHORIZED', 'the OpenID token has expired', {
    hints: ['Any `kubectl` command with this context renews it: `kubectl auth whoami`.'],
  });
}

function impersonationHeaders(as: Impersonation | undefined): OutgoingHttpHeaders {
  if (as === undefined) return {};
  const extra = Object.entries(as.extra).map(([key, values]) => [
    `impersonate-extra-${encodeURIComponent(key)}`,
    [...values],
  ]);
  return {
    ...(as.user === undefined ? {} : { 'impersonate-user': as.user }),
    ...(as.uid === undefined ? {} : { 'impersonate-uid': as.uid }),
    ...(as.groups.length === 0 ? {} : { 'impersonate-group': [...as.groups] }),
    ...Object.fromEntries(extra),
  };
}
