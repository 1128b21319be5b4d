// Sets of addresses, as settings name them: `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`.
import { BlockList, isIP } from 'node:net';

/** Addresses and networks, of both families. */
export class Networks {
  readonly #list = new BlockList();
  readonly isEmpty: boolean;

  /** @param names those that {@link networkFlaw} finds fault with are in no set. */
  constructor(names: readonly string[]) {
    const networks = names.flatMap((name) => parseNetwork(name) ?? []);
    for (const { address, family, prefix } of networks) this.#list.addSubnet(address, prefix, family);
    this.isEmpty = networks.length === 0;
  }

  /** Whether an address is among them; an IPv4 address is the same where it is written as an IPv6 one. */
  has(address: string): boolean {
    if (this.isEmpty) return false;
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  }
}

/** What the name of a network must be and isn't, as a sentence fragment; undefined if it is one. */
export function networkFlaw(name: string): string | undefined {
  if (parseNetwork(name) !== undefined) return undefined;
  const [address = '', prefix] = name.split('/');
  const version = isIP(address);
  if (version === 0 || prefix === undefined)
    return 'must be an address or a network, such as 192.0.2.1 or 10.0.0.0/8';
  return `must have a prefix length from 0 to ${version === 4 ? 32 : 128} behind its "/"`;
}

/** Whether a network is the whole of a family's addresses: everybody is in it. */
export function isEverybody(name: string): boolean {
  return parseNetwork(name)?.prefix === 0;
}

/** An address as it is compared and shown: without a zone, and IPv4 as such (`::ffff:192.0.2.1` is what sockets for both say). */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address.replace(/%.*$/, '');
}

interface Network {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefix: number;
}

function parseNetwork(name: string): Network | undefined {
  const [, address = '', length] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(name) ?? [];
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (version === 0 || prefix > bits) return undefined;
  const plain = plainAddress(address);
  if (plain === address || prefix < 96) return { address, family: version === 4 ? 'ipv4' : 'ipv6', prefix };
  return { address: plain, family: 'ipv4', prefix: prefix - 96 };
}
