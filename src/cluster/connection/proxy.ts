// Which proxy leads to a cluster: the kubeconfig's, or that of the environment, by the rules that kubectl follows.
import type { Agent, RequestOptions } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { FoxError } from '../../core/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy's URL, or undefined for the direct way.
 * @param given `proxy-url` of the kubeconfig, which counts more than the environment. @throws FoxError CLUSTER_NOT_CONFIGURED.
 */
export function proxyFor(server: URL, given: string | undefined, env: Env): URL | undefined {
  if (given !== undefined) return proxyUrl(given, 'proxy-url of the kubeconfig');
  const name = server.protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY';
  const text = variable(env, name);
  if (text === undefined || goesDirectly(server, variable(env, 'NO_PROXY') ?? '')) return undefined;
  return proxyUrl(text.includes('://') ? text : `http://${text}`, name);
}

/** The URL as it may be shown: without a password. */
export function shownProxy({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

function variable(env: Env, name: string): string | undefined {
  const value = env[name] ?? env[name.toLowerCase()] ?? '';
  return value === '' ? undefined : value;
}

function proxyUrl(text: string, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^(https?|socks5h?):$/.test(url.protocol) && url.hostname !== '') return url;
  // The text may hold a password.
  throw new FoxError('CLUSTER_NOT_CONFIGURED', `${where} is no URL of a proxy`, {
    hints: ['Write http://host:port, https://host:port or socks5://host:port.'],
  });
}

/** This machine, and what NO_PROXY lists: names, `.domains` below which, addresses, networks, each with a port if need be. */
function goesDirectly(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port === '' ? (server.protocol === 'http:' ? '80' : '443') : server.port;
  if (host === 'localhost' || isWithin(host, '127.0.0.0/8') || isWithin(host, '::1/128')) return true;
  const entries = noProxy
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim());
  return entries.some((entry) => entry !== '' && isMeant(entry, host, port));
}

function isMeant(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isWithin(host, entry);
  const [, bare = '', wanted = port] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (wanted !== port) return false;
  const name = bare.replace(/^\[|\]$/g, '');
  if (isIP(name) !== 0) return isWithin(host, `${name}/${isIP(name) === 4 ? 32 : 128}`);
  const domain = name.replace(/^\*(?=\.)/, '');
  if (domain === '') return false;
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function isWithin(host: string, network: string): boolean {
  const [address = '', bits = ''] = network.split('/');
  const [family, own] = [isIP(address), isIP(host)];
  if (family === 0 || own === 0 || !/^\d+$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, own === 4 ? 'ipv4' : 'ipv6');
}

/** An agent that reaches `server` through a proxy. TLS options are its own, not the requests'. */
export async function proxyAgent(server: string, proxy: URL, tls: RequestOptions): Promise<Agent> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const name = 'proxied';
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name,
      server,
      proxyUrl: proxy.href,
      // It refuses plain HTTP otherwise.
      skipTLSVerify: tls.rejectUnauthorized === false || server.startsWith('http:'),
      ...(typeof tls.ca === 'string' ? { caData: base64(tls.ca) } : {}),
      ...(tls.servername === undefined ? {} : { tlsServerName: tls.servername }),
    },
    {
      name,
      ...(typeof tls.cert === 'string' ? { certData: base64(tls.cert) } : {}),
      ...(typeof tls.key === 'string' ? { keyData: base64(tls.key) } : {}),
    },
  );
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options.agent as Agent;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
