// What a kubeconfig file says: its clusters, users and contexts.
import { isAbsolute, join } from 'node:path';
// Bundled CommonJS has no named exports when it is imported later; this file is loaded only where it is needed.
import { parse } from 'yaml';
import { type Entry, listOf, mapIn, mapOf, present, textOf } from './kubeconfig-fields.ts';

/** A cluster: where it is, and how it is known to be the right one. Paths are absolute. */
export interface ClusterEntry {
  readonly server?: string;
  readonly authorityFile?: string;
  /** Base64 of PEM; counts more than the file. */
  readonly authorityData?: string;
  readonly skipTlsVerify: boolean;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
  /** The whole entry as it was written, for plugins that want to know the cluster. */
  readonly raw: Entry;
}

/** How somebody proves who they are. Paths are absolute. */
export interface UserEntry {
  readonly certificateFile?: string;
  /** Base64 of PEM; counts more than the file. */
  readonly certificateData?: string;
  readonly keyFile?: string;
  readonly keyData?: string;
  readonly token?: string;
  /** Counts more than `token`. */
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly impersonation?: Impersonation;
  readonly plugin?: PluginEntry;
  readonly authProvider?: { readonly name: string; readonly config: Entry };
}

/** As whom one acts. */
export interface Impersonation {
  readonly user?: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** A program that makes credentials. */
export interface PluginEntry {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** How to get the program, in its maker's words. */
  readonly installHint?: string;
  readonly wantsCluster: boolean;
  readonly interactive: 'Never' | 'IfAvailable' | 'Always';
}

export interface ContextEntry {
  readonly cluster: string;
  readonly user?: string;
  readonly namespace?: string;
}

/** One file, or several as one. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  readonly currentContext?: string;
}

/**
 * Reads a file's text.
 * @param directory what relative paths in the file are relative to. @throws Error that says what is wrong with it.
 */
export function parseKubeconfig(text: string, directory: string): Kubeconfig {
  // All scalars are text, as all that Kubernetes takes from this file is.
  const content: unknown = parse(text, { schema: 'failsafe', customTags: ['null'] });
  const file = mapOf(content ?? {}, 'the file');
  const at = (path: string | undefined) =>
    path === undefined || isAbsolute(path) ? path : join(directory, path);
  const currentContext = textOf(file, 'current-context');
  return {
    clusters: named(file, 'clusters', 'cluster', (entry) => clusterEntry(entry, at)),
    users: named(file, 'users', 'user', (entry) => userEntry(entry, at)),
    contexts: named(file, 'contexts', 'context', contextEntry),
    ...(currentContext === undefined ? {} : { currentContext }),
  };
}

/** Makes a path of the file absolute. */
type Resolve = (path: string | undefined) => string | undefined;

function named<T>(file: Entry, list: string, key: string, read: (entry: Entry) => T): Map<string, T> {
  const found = new Map<string, T>();
  for (const [index, item] of listOf(file, list).entries()) {
    const entry = mapOf(item, `${list}[${index}]`);
    const name = textOf(entry, 'name') ?? '';
    if (!found.has(name)) found.set(name, read(mapOf(entry[key] ?? {}, `${list}[${index}].${key}`)));
  }
  return found;
}

function clusterEntry(entry: Entry, at: Resolve): ClusterEntry {
  return {
    ...present({
      server: textOf(entry, 'server'),
      authorityFile: at(textOf(entry, 'certificate-authority')),
      authorityData: textOf(entry, 'certificate-authority-data'),
      tlsServerName: textOf(entry, 'tls-server-name'),
      proxyUrl: textOf(entry, 'proxy-url'),
    }),
    skipTlsVerify: textOf(entry, 'insecure-skip-tls-verify') === 'true',
    raw: entry,
  };
}

function userEntry(entry: Entry, at: Resolve): UserEntry {
  const [provider, plugin] = [entry['auth-provider'] ?? undefined, entry['exec'] ?? undefined];
  return present({
    certificateFile: at(textOf(entry, 'client-certificate')),
    certificateData: textOf(entry, 'client-certificate-data'),
    keyFile: at(textOf(entry, 'client-key')),
    keyData: textOf(entry, 'client-key-data'),
    token: textOf(entry, 'token'),
    tokenFile: at(textOf(entry, 'tokenFile')),
    username: textOf(entry, 'username'),
    password: textOf(entry, 'password'),
    impersonation: impersonationOf(entry),
    plugin: plugin === undefined ? undefined : pluginEntry(mapOf(plugin, 'exec'), at),
    authProvider: provider === undefined ? undefined : authProviderOf(mapOf(provider, 'auth-provider')),
  });
}

function authProviderOf(entry: Entry): UserEntry['authProvider'] {
  return { name: textOf(entry, 'name') ?? '', config: mapIn(entry, 'config') };
}

function impersonationOf(entry: Entry): Impersonation | undefined {
  const extra = Object.entries(mapIn(entry, 'as-user-extra'));
  const found = {
    ...present({ user: textOf(entry, 'as'), uid: textOf(entry, 'as-uid') }),
    groups: listOf(entry, 'as-groups').map(String),
    extra: Object.fromEntries(extra.map(([key, values]) => [key, [values].flat().map(String)])),
  };
  const isEmpty = found.user === undefined && found.uid === undefined && found.groups.length === 0;
  return isEmpty && extra.length === 0 ? undefined : found;
}

function pluginEntry(entry: Entry, at: Resolve): PluginEntry {
  const command = textOf(entry, 'command') ?? '';
  const variables = listOf(entry, 'env').map((item) => mapOf(item, 'exec.env'));
  const mode = textOf(entry, 'interactiveMode');
  return {
    apiVersion: textOf(entry, 'apiVersion') ?? '',
    // A name without a slash is looked up on the PATH.
    command: /[/\\]/.test(command) ? (at(command) ?? command) : command,
    args: listOf(entry, 'args').map(String),
    env: Object.fromEntries(
      variables.map((each) => [textOf(each, 'name') ?? '', textOf(each, 'value') ?? '']),
    ),
    ...present({ installHint: textOf(entry, 'installHint') }),
    wantsCluster: textOf(entry, 'provideClusterInfo') === 'true',
    interactive: mode === 'Never' || mode === 'Always' ? mode : 'IfAvailable',
  };
}

function contextEntry(entry: Entry): ContextEntry {
  return {
    cluster: textOf(entry, 'cluster') ?? '',
    ...present({ user: textOf(entry, 'user'), namespace: textOf(entry, 'namespace') }),
  };
}
