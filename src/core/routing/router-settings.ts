// The settings of a place's routers: whom they trust, and what they allow.
import { Networks } from './networks.ts';

/** Settings of the routers of a namespace, as the config's `router` says. */
export interface RouterSettings {
  /** Addresses and networks whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Addresses and networks of clients that may select in environments whose access is `internal`. */
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
