// Where a request comes from, and what its client asked for: as its connection says, or, where that is a trusted proxy's, as the proxy says.
import { isIP } from 'node:net';
import { type Networks, plainAddress } from './networks.ts';

/** What is known of where a request comes from. */
export interface Origin {
  /** Address of the client, as far as it is known. */
  readonly client: string;
  /** The client is unknown: a trusted proxy that doesn't say whom it speaks for. {@link client} is the proxy's address. */
  readonly isUnnamed: boolean;
  /** The host that the client asked for, with the port if it was there; absent: it said none. */
  readonly host: string | undefined;
  /** By which the client asked. */
  readonly proto: 'http' | 'https';
  /** The way here, from the client on: the value of `X-Forwarded-For` for the component. */
  readonly path: string;
  /** Who sends it, and so whether its other claims are believed. */
  readonly peer: 'anybody' | 'proxy' | 'component';
}

/** Headers that say where a request comes from: true only if who sends them is to be believed. */
export interface Claims {
  readonly host: readonly string[];
  readonly forwardedFor: readonly string[];
  readonly forwardedHost: readonly string[];
  readonly forwardedProto: readonly string[];
}

/**
 * Of a request at the edge. `address` is what the connection comes from.
 * The client is the last one in `X-Forwarded-For` that isn't a trusted proxy itself: what stands before it is only what the client says.
 */
export function outsideOrigin(claims: Claims, address: string, proxies: Networks): Origin {
  const [host] = claims.host;
  if (!proxies.has(address))
    return { client: address, isUnnamed: false, host, proto: 'http', path: address, peer: 'anybody' };
  const way = [address];
  let isUnnamed = true;
  for (const name of listOf(claims.forwardedFor).toReversed()) {
    const before = addressIn(name);
    // Nobody knows who is behind one that isn't readable.
    isUnnamed = before === undefined;
    if (before === undefined) break;
    way.unshift(before);
    if (!proxies.has(before)) break;
  }
  return { ...told(claims), client: way[0] ?? address, isUnnamed, path: way.join(', '), peer: 'proxy' };
}

/** Of a call by one of fox's own pods, which may pass on what it was told itself: all of it is believed. */
export function insideOrigin(claims: Claims, address: string): Origin {
  const path = [...claims.forwardedFor, address].join(', ');
  return { ...told(claims), client: address, isUnnamed: false, path, peer: 'component' };
}

/** The first of several is what the client asked of the first proxy. */
function told({ host, forwardedHost, forwardedProto }: Claims): Pick<Origin, 'host' | 'proto'> {
  const [proto = ''] = listOf(forwardedProto);
  return {
    host: listOf(forwardedHost)[0] ?? host[0],
    proto: /^(?:https|wss)$/i.test(proto) ? 'https' : 'http',
  };
}

/** The members of a comma-separated list that may be spread over several headers. */
function listOf(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((member) => member.trim())
    .filter((member) => member !== '');
}

/** The address in a member of `X-Forwarded-For`, which may have a port: `192.0.2.1:80`, `[2001:db8::1]:80`. */
function addressIn(member: string): string | undefined {
  const [, bracketed, dotted] = /^\[([^\]]+)\](?::\d+)?$|^([\d.]+):\d+$/.exec(member) ?? [];
  const address = plainAddress(bracketed ?? dotted ?? member);
  return isIP(address) === 0 ? undefined : address;
}
