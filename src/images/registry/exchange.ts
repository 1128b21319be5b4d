// One request to a registry and its answer, over connections that stay open, through the user's proxy if there is one.
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { FoxError } from '../../core/errors.ts';
import type { Env } from './auth-file.ts';

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable;
  readonly signal: AbortSignal;
}

/** Its answer. The body must be read or dumped. */
export interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Dispatcher.ResponseData['body'];
  /** Where it came from in the end. */
  readonly url: URL;
}

/** Sends requests of one client. */
export interface Wire {
  send(request: WireRequest): Promise<Answer>;
  close(): Promise<void>;
}

/** Most connections to one host at once. */
const connections = 16;

/** Silence after which a connection counts as broken; a registry may take long to check a large upload. Milliseconds. */
const silence = { connect: 15_000, answer: 120_000, body: 60_000 };

/**
 * Connections as the environment wants them: HTTPS_PROXY, HTTP_PROXY and NO_PROXY count, but not for this machine.
 * @throws FoxError REGISTRY_UNREACHABLE if one of them names no proxy.
 */
export function openWire(env: Env): Wire {
  const settings = {
    connections,
    connectTimeout: silence.connect,
    headersTimeout: silence.answer,
    bodyTimeout: silence.body,
    // Both families at once: a host with a dead IPv6 address answers all the same.
    autoSelectFamily: true,
  };
  const proxies = proxiesOf(env);
  const dispatcher: Dispatcher =
    proxies === undefined ? new Agent(settings) : new EnvHttpProxyAgent({ ...settings, ...proxies });
  const send = async ({ method, url, headers, body, signal }: WireRequest) => {
    const { statusCode, ...answer } = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: { 'user-agent': 'fox', 'accept-encoding': 'identity', ...headers },
      signal,
      ...(body === undefined ? {} : { body }),
    });
    return { status: statusCode, headers: answer.headers, body: answer.body, url };
  };
  return { send, close: () => dispatcher.destroy() };
}

/** A header that is given once. */
export function headerOf(answer: Pick<Answer, 'headers'>, name: string): string | undefined {
  const value = answer.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

function proxiesOf(env: Env): { httpProxy?: string; httpsProxy?: string; noProxy: string } | undefined {
  const either = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  const [http, https] = [proxyUrl('HTTP_PROXY', either), proxyUrl('HTTPS_PROXY', either)];
  if (http === undefined && https === undefined) return undefined;
  return {
    ...(http === undefined ? {} : { httpProxy: http }),
    ...(https === undefined ? {} : { httpsProxy: https }),
    noProxy: [either('NO_PROXY'), 'localhost', '127.0.0.1', '[::1]'].filter(Boolean).join(','),
  };
}

/** The URL of a proxy; as with other programs it may stand there without a scheme. */
function proxyUrl(name: string, read: (name: string) => string | undefined): string | undefined {
  const text = read(name);
  if (text === undefined) return undefined;
  const url = text.includes('://') ? text : `http://${text}`;
  if (URL.canParse(url) && /^(https?|socks5):$/.test(new URL(url).protocol)) return url;
  // The text may hold a password.
  throw new FoxError('REGISTRY_UNREACHABLE', `${name} is no URL of a proxy, which registries are asked by`, {
    hints: ['Write http://host:port, https://host:port or socks5://host:port.'],
  });
}
