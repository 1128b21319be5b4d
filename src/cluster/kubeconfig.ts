// A Kubernetes cluster as a kubeconfig, or the service account of a pod, names it: address, certificates, credentials.
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { FoxError } from '../core/errors.ts';
import { didYouMean } from '../core/names.ts';
import type { Connection } from './transport.ts';

/** Name that stands for the service account of the pod that fox runs in, instead of a context. */
export const inCluster = 'in-cluster';

/** Which cluster and namespace. */
export interface ClusterChoice {
  /** A context, or {@link inCluster}; without it the current context. */
  readonly context?: string;
  /** Without it the context's own. */
  readonly namespace?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a pod's service account is mounted, before `/var/run/secrets/…`. Default: the root. */
  readonly serviceAccountRoot?: string;
}

/** A Kubernetes cluster, ready to be spoken to. */
export interface KubernetesCluster {
  /** The context, or {@link inCluster}. */
  readonly context: string;
  readonly namespace: string;
  readonly connection: Connection;
}

/**
 * Finds the cluster. Speaks to nobody.
 * @throws FoxError CLUSTER_NOT_CONFIGURED if the kubeconfig is missing or damaged, or has no such context.
 */
export function chooseKubernetes(choice: ClusterChoice): KubernetesCluster {
  const config = choice.context === inCluster ? serviceAccount(choice) : readKubeconfig(choice);
  const context = config.getContextObject(config.currentContext);
  const cluster = config.getCurrentCluster();
  if (context === null || cluster === null) {
    throw new FoxError(
      'CLUSTER_NOT_CONFIGURED',
      `context ${config.currentContext} names the cluster "${context?.cluster ?? ''}", which the kubeconfig doesn't have`,
      { hints: ['`kubectl config view` shows what it has.'] },
    );
  }
  const name = choice.context ?? context.name;
  return {
    context: name,
    namespace: choice.namespace ?? context.namespace ?? 'default',
    connection: connectionOf(config, cluster.server, name),
  };
}

/** Names of all contexts, the current one first. @throws FoxError CLUSTER_NOT_CONFIGURED */
export function contextNames({ env }: Pick<ClusterChoice, 'env'>): string[] {
  const { contexts, currentContext } = mergedKubeconfig(env);
  const names = contexts.map(({ name }) => name);
  return names.toSorted((a, b) => Number(b === currentContext) - Number(a === currentContext));
}

function connectionOf(config: KubeConfig, server: string, context: string): Connection {
  const options = async () => {
    const given: RequestOptions = {};
    try {
      // Asked for each time: tokens are rotated, and credential plugins keep what is still valid.
      await config.applyToHTTPSOptions(given);
    } catch (cause) {
      throw credentialsFailed(context, cause);
    }
    return given;
  };
  const expired = expiredCertificate(config);
  return {
    server: server.replace(/\/$/, ''),
    options,
    usesProxy: config.getCurrentCluster()?.proxyUrl !== undefined,
    hints: {
      unreachable: [
        `Check that the cluster of context ${context} runs and that this machine reaches it: \`kubectl --context ${context} version\`.`,
        '`--context embedded` works on the embedded cluster instead.',
      ],
      unauthorized: [
        ...(expired === undefined
          ? []
          : [`The client certificate of context ${context} expired on ${expired}.`]),
        `Log in to the cluster again, so that \`kubectl --context ${context} auth whoami\` works.`,
      ],
    },
  };
}

function credentialsFailed(context: string, cause: unknown): FoxError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FoxError('CLUSTER_UNAUTHORIZED', `no credentials for context ${context}: ${why.trim()}`, {
    hints: [
      "The kubeconfig's user names a file or a credential plugin that doesn't work; `kubectl` will say the same.",
    ],
    cause,
  });
}

/** The day on which the user's certificate ended, if it has one and that is past. */
function expiredCertificate(config: KubeConfig): string | undefined {
  const data = config.getCurrentUser()?.certData;
  if (data === undefined) return undefined;
  try {
    const { validTo } = new X509Certificate(Buffer.from(data, 'base64'));
    return Date.parse(validTo) < Date.now() ? new Date(validTo).toISOString().slice(0, 10) : undefined;
  } catch {
    // Not a certificate: the connection will say so.
    return undefined;
  }
}

function serviceAccount({ env, serviceAccountRoot = '' }: ClusterChoice): KubeConfig {
  const token = join(serviceAccountRoot, '/var/run/secrets/kubernetes.io/serviceaccount/token');
  if ((env['KUBERNETES_SERVICE_HOST'] ?? '') === '' || !existsSync(token)) {
    throw new FoxError(
      'CLUSTER_NOT_CONFIGURED',
      `context ${inCluster} is meant for a pod of the cluster, and this is none: there is no service account's token`,
      { hints: ['Choose a context of your kubeconfig with `--context`.'] },
    );
  }
  const config = new KubeConfig();
  config.loadFromCluster(serviceAccountRoot);
  return config;
}

function readKubeconfig({ context, env }: ClusterChoice): KubeConfig {
  const config = mergedKubeconfig(env);
  const wanted = context ?? config.currentContext;
  const names = config.contexts.map(({ name }) => name);
  if (names.includes(wanted)) {
    config.setCurrentContext(wanted);
    return config;
  }
  if (context === undefined) {
    throw new FoxError('CLUSTER_NOT_CONFIGURED', 'the kubeconfig has no current context', {
      hints: [
        `Choose one with \`--context\`, or \`cluster.context\` in the config. It has: ${listOf(names)}.`,
      ],
    });
  }
  const guess = didYouMean(wanted, names);
  throw new FoxError('CLUSTER_NOT_CONFIGURED', `the kubeconfig has no context "${wanted}"`, {
    hints: [
      ...(guess === undefined ? [] : [`Did you mean \`--context ${guess}\`?`]),
      `It has: ${listOf(names)}.`,
      '`--context embedded` works on the embedded cluster.',
    ],
  });
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

/** All files of KUBECONFIG as one, as kubectl reads them: what comes first counts. */
function mergedKubeconfig(env: ClusterChoice['env']): KubeConfig {
  const files = kubeconfigFiles(env);
  const found = files.filter((file) => existsSync(file));
  if (found.length === 0) {
    throw new FoxError('CLUSTER_NOT_CONFIGURED', `there is no kubeconfig at ${files.join(', ')}`, {
      hints: [
        'Set KUBECONFIG to its path, or have your cluster write it (`kind export kubeconfig`, for example).',
        'Without `cluster` in the config, or with `--context embedded`, fox works on the embedded cluster.',
      ],
    });
  }
  const configs = found.map(parseKubeconfig);
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfEachName(configs.flatMap(({ clusters }) => clusters)),
    users: firstOfEachName(configs.flatMap(({ users }) => users)),
    contexts: firstOfEachName(configs.flatMap(({ contexts }) => contexts)),
    currentContext:
      configs.map(({ currentContext }) => currentContext).find((name) => (name ?? '') !== '') ?? '',
  });
  return merged;
}

function kubeconfigFiles(env: ClusterChoice['env']): string[] {
  const given = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  return given.length > 0 ? given : [join(env['HOME'] ?? env['USERPROFILE'] ?? '', '.kube', 'config')];
}

function parseKubeconfig(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new FoxError('CLUSTER_NOT_CONFIGURED', `${file} is not a kubeconfig: ${why}`, {
      hints: ['`kubectl config view` tells what is wrong with it.'],
      cause,
    });
  }
  return config;
}

function firstOfEachName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...new Map(items.toReversed().map((item) => [item.name, item])).values()].toReversed();
}
