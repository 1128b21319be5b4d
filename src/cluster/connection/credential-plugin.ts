// Runs a kubeconfig's credential plugin: a program that prints a token or a certificate, as EKS, GKE, AKS and OpenID logins have it.
import { FoxError } from '../../core/errors.ts';
import { hasCode } from '../../core/file-system-error.ts';
import { checkCertificate } from './certificate.ts';
import type { ClusterEntry, PluginEntry } from './kubeconfig.ts';

/** What a plugin gave. */
export interface PluginCredentials {
  /** The header of that name. */
  readonly authorization?: string;
  /** PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** In ms since 1970; absent: as long as the cluster accepts it. */
  readonly expiresAt?: number;
}

/** In what a plugin runs. */
export interface PluginContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Somebody sits at the terminal whom it may ask. */
  readonly isInteractive: boolean;
  /** Is told what it says on standard error: "To sign in, open …". */
  readonly say: (line: string) => void;
}

/** The cluster's extension that is meant for plugins. */
const extension = 'client.authentication.k8s.io/exec';

/** @throws FoxError CLUSTER_UNAUTHORIZED if it is missing, fails, or answers something else. Never shows its output. */
export async function runPlugin(
  plugin: PluginEntry,
  cluster: ClusterEntry,
  context: PluginContext,
): Promise<PluginCredentials> {
  if (plugin.interactive === 'Always' && !context.isInteractive)
    throw pluginError(plugin, 'it must ask somebody, and nobody is at a terminal');
  const { execa } = await import('execa');
  const isInteractive = context.isInteractive && plugin.interactive !== 'Never';
  const info = JSON.stringify(question(plugin, cluster, isInteractive));
  const { cwd, say } = context;
  const result = await execa(plugin.command, plugin.args, {
    cwd,
    env: { ...context.env, ...plugin.env, KUBERNETES_EXEC_INFO: info },
    extendEnv: false,
    reject: false,
    stdin: isInteractive ? 'inherit' : 'ignore',
    stderr: function* (line: unknown) {
      say(String(line));
      yield line;
    },
    maxBuffer: 1024 * 1024,
    ...(context.signal === undefined ? {} : { cancelSignal: context.signal }),
  });
  context.signal?.throwIfAborted();
  if (result.failed) throw failure(plugin, result);
  return readAnswer(plugin, result.stdout);
}

function question(plugin: PluginEntry, cluster: ClusterEntry, interactive: boolean): object {
  return {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive, ...(plugin.wantsCluster ? { cluster: clusterInfo(cluster) } : {}) },
  };
}

/** The cluster as plugins are told of it: the kubeconfig's fields, paths replaced by what is there. */
function clusterInfo({ server, authorityData, tlsServerName, skipTlsVerify, proxyUrl, raw }: ClusterEntry) {
  const extensions = (raw['extensions'] ?? []) as readonly { name?: unknown; extension?: unknown }[];
  return {
    server,
    'tls-server-name': tlsServerName,
    'insecure-skip-tls-verify': skipTlsVerify,
    'certificate-authority-data': authorityData,
    'proxy-url': proxyUrl,
    config: extensions.find(({ name }) => name === extension)?.extension,
  };
}

function failure(
  plugin: PluginEntry,
  {
    cause,
    exitCode,
    signal,
    stderr,
  }: { cause?: unknown; exitCode?: number; signal?: string; stderr: string },
): FoxError {
  if (hasCode(cause, 'ENOENT')) {
    return pluginError(plugin, 'there is no such program', {
      hints: [plugin.installHint ?? `Install ${plugin.command}, or have the kubeconfig written anew.`],
    });
  }
  const details = stderr.split('\n').slice(-10);
  if (cause instanceof Error)
    return pluginError(plugin, `it couldn't be started: ${cause.message}`, { details });
  const end =
    exitCode === undefined ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${exitCode}`;
  return pluginError(plugin, `it ${end}`, { details });
}

function readAnswer(plugin: PluginEntry, text: string): PluginCredentials {
  const { kind, apiVersion, status } = parse(text) ?? {};
  if (kind !== 'ExecCredential') throw pluginError(plugin, 'it answered no ExecCredential');
  if (apiVersion !== plugin.apiVersion) {
    const versions = `${String(apiVersion)} instead of ${plugin.apiVersion}`;
    throw pluginError(plugin, `it answered in ${versions}; the kubeconfig may be older than the plugin`);
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status ?? {};
  if ((cert === undefined) !== (key === undefined))
    throw pluginError(plugin, 'it answered a certificate without a key, or the other way round');
  if (token === undefined && cert === undefined)
    throw pluginError(plugin, 'it answered neither a token nor a certificate');
  const expiresAt = Date.parse(expirationTimestamp ?? '');
  if (cert !== undefined && key !== undefined)
    checkCertificate({ cert, key }, 'the certificate of the plugin');
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token.trim()}` }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  };
}

/** What a plugin prints. */
interface ExecCredential {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}

function parse(text: string): ExecCredential | undefined {
  try {
    const answer = JSON.parse(text) as ExecCredential | null;
    return answer ?? undefined;
  } catch {
    return undefined;
  }
}

function pluginError(
  { command }: PluginEntry,
  why: string,
  more: { hints?: string[]; details?: string[] } = {},
): FoxError {
  return new FoxError('CLUSTER_UNAUTHORIZED', `credential plugin ${command} failed: ${why}`, more);
}
