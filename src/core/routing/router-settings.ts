// The settings of a place's routers: whom they trust, and what they allow.
import { isEverybody, networkFlaw, Networks } from './networks.ts';

/** Settings of the routers of a namespace, as the config's `router` says. */
export interface RouterSettings {
  /** Addresses and networks whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Addresses and networks of clients that may select in all environments, whatever their access. */
  readonly internalNetworks: readonly string[];
  /** Bytes that a request's body may have where its route says nothing; absent: any. */
  readonly maxBody?: number;
  /** Whether each request is told in the log. */
  readonly accessLog: boolean;
}

/** What holds where nothing is said. */
export const defaultRouterSettings: RouterSettings = {
  trustedProxies: [],
  internalNetworks: [],
  accessLog: true,
};

/** Settings as a router asks them. */
export interface SettingsInForce extends RouterSettings {
  readonly proxies: Networks;
  readonly insiders: Networks;
}

/** Prepares settings, once for many requests. */
export function settingsInForce(settings: RouterSettings): SettingsInForce {
  const { trustedProxies, internalNetworks } = settings;
  return { ...settings, proxies: new Networks(trustedProxies), insiders: new Networks(internalNetworks) };
}

/** Settings as their ConfigMap holds them: the same settings are the same text. */
export function settingsText({
  trustedProxies,
  internalNetworks,
  maxBody,
  accessLog,
}: RouterSettings): string {
  return JSON.stringify({ trustedProxies, internalNetworks, maxBody, accessLog });
}

/** The settings in such a text, or why it holds none, as a sentence fragment. What is left out is as by default; what isn't known is passed over. */
export function readSettings(text: string | undefined): RouterSettings | string {
  if (text === undefined) return 'its ConfigMap has no settings in it';
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return 'its ConfigMap is not readable';
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    return 'its ConfigMap is not readable';
  const { trustedProxies, internalNetworks, maxBody, accessLog } = { ...defaultRouterSettings, ...read };
  if (!areNetworks(trustedProxies)) return 'its trustedProxies are not readable';
  if (!areNetworks(internalNetworks)) return 'its internalNetworks are not readable';
  if (maxBody !== undefined && !(Number.isSafeInteger(maxBody) && maxBody > 0))
    return 'its maxBody is not readable';
  if (typeof accessLog !== 'boolean') return 'its accessLog is not readable';
  return { trustedProxies, internalNetworks, accessLog, ...(maxBody === undefined ? {} : { maxBody }) };
}

function areNetworks(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.every((each) => typeof each === 'string' && networkFlaw(each) === undefined)
  );
}

/** What settings allow that is hardly meant, a sentence each. */
export function doubtsAbout({ trustedProxies, internalNetworks }: RouterSettings): string[] {
  const believed = trustedProxies.find(isEverybody);
  const inside = internalNetworks.find(isEverybody);
  return [
    ...(believed === undefined
      ? []
      : [`router.trustedProxies has ${believed}: whoever reaches the routers can claim to be any client`]),
    ...(inside === undefined
      ? []
      : [`router.internalNetworks has ${inside}: access "internal" keeps nobody out`]),
  ];
}
