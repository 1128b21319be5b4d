// Makes a connection of what a kubeconfig says of a cluster and a user.
import type { RequestOptions } from 'node:https';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { FoxError } from '../../core/errors.ts';
import type { Connection } from '../api/transport.ts';
import { checkCertificate } from './certificate.ts';
import { type PluginContext, runPlugin } from './credential-plugin.ts';
import { type Identity, identitySource, type IdentitySource, nobody, readPem } from './identity.ts';
import type { ClusterEntry } from './kubeconfig.ts';
import { proxyAgent, proxyFor, shownProxy } from './proxy.ts';
import type { ContextTarget } from './service-account.ts';

/** What a connection is made for and in. */
export interface ConnectionContext extends PluginContext {
  /** The context. */
  readonly name: string;
}

/** @throws FoxError CLUSTER_NOT_CONFIGURED if the kubeconfig doesn't say where the cluster is, or how it is known. */
export async function connectionOf(
  { cluster, user }: ContextTarget,
  context: ConnectionContext,
): Promise<Connection> {
  const server = serverOf(cluster, context.name);
  const authority = await authorityOf(cluster, context.name);
  const askPlugin = async () => {
    if (user?.plugin === undefined) throw new Error('the user has no plugin');
    return runPlugin(user.plugin, { ...cluster, ...asData(authority) }, context);
  };
  // Secrets are never sent over plain HTTP.
  const identity =
    user === undefined || server.protocol === 'http:'
      ? nobody
      : identitySource(user, { context: context.name, askPlugin });
  const proxy = proxyFor(server, cluster.proxyUrl, context.env);
  return {
    server: server.href.replace(/\/+$/, ''),
    options: requestOptions(identity, server, tlsOf(cluster, authority), proxy),
    renew: (refused) => identity.renew(refused),
    ...(proxy === undefined ? {} : { through: shownProxy(proxy) }),
    hints: {
      unreachable: [
        `Check that the cluster of context ${context.name} runs and that this machine reaches it: \`kubectl --context ${context.name} version\`.`,
        '`--context embedded` works on the embedded cluster instead.',
      ],
      unauthorized: [
        `Log in to the cluster again, so that \`kubectl --context ${context.name} auth whoami\` works.`,
      ],
    },
  };
}

function requestOptions(
  identity: IdentitySource,
  server: URL,
  tls: RequestOptions,
  proxy: URL | undefined,
): Connection['options'] {
  let agent: { readonly of: Identity['cert']; readonly made: ReturnType<typeof proxyAgent> } | undefined;
  // Agents for proxies don't all know whose certificate they get.
  const name = tls.servername ?? server.hostname.replace(/^\[|\]$/g, '');
  const isServer = (_: string, found: PeerCertificate) => checkServerIdentity(name, found);
  return async () => {
    const { headers, ...certificate } = await identity.get();
    const options = { ...tls, ...certificate, headers };
    if (proxy === undefined) return options;
    // It keeps the certificate that it was made with.
    if (agent === undefined || agent.of !== certificate.cert)
      agent = { of: certificate.cert, made: proxyAgent(server.origin, proxy, options) };
    return { ...options, agent: await agent.made, checkServerIdentity: isServer };
  };
}

/** As kubectl does it: without a scheme it is HTTPS where there is anything about certificates. */
function serverOf(
  { server = '', skipTlsVerify, authorityData, authorityFile }: ClusterEntry,
  name: string,
): URL {
  const isSecure = skipTlsVerify || authorityData !== undefined || authorityFile !== undefined;
  const text = /^https?:\/\//.test(server) ? server : `${isSecure ? 'https' : 'http'}://${server}`;
  if (server !== '' && URL.canParse(text)) return new URL(text);
  throw new FoxError(
    'CLUSTER_NOT_CONFIGURED',
    `the cluster of context ${name} has the address "${server}", which is no URL`,
    { hints: ['`kubectl config view` shows it; it begins with https://.'] },
  );
}

async function authorityOf(cluster: ClusterEntry, name: string): Promise<string | undefined> {
  try {
    const ca = await readPem(cluster.authorityFile, cluster.authorityData);
    if (ca !== undefined && cluster.skipTlsVerify)
      throw new Error('it has both a certificate-authority and insecure-skip-tls-verify');
    if (ca !== undefined) checkCertificate({ ca }, 'the certificate of its authority');
    return ca;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FoxError('CLUSTER_NOT_CONFIGURED', `the cluster of context ${name} can't be known: ${why}`, {
      hints: ['Have your cluster write the kubeconfig anew.'],
      cause,
    });
  }
}

function tlsOf({ skipTlsVerify, tlsServerName }: ClusterEntry, ca: string | undefined): RequestOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(skipTlsVerify ? { rejectUnauthorized: false } : {}),
    ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
  };
}

function asData(authority: string | undefined): Partial<ClusterEntry> {
  return authority === undefined ? {} : { authorityData: Buffer.from(authority).toString('base64') };
}
