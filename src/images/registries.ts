// The registries that one run speaks to: a client per host, opened when it is first needed, all closed together.
import { canonicalHost } from '../core/version/image-reference.ts';
import { openRegistry } from './registry/open-registry.ts';
import type { RegistryClient, RegistryOptions } from './registry/registry-client.ts';
import type { Registries } from './remote-image.ts';

/** How to behave towards registries. */
export interface RegistriesOptions extends Omit<RegistryOptions, 'host' | 'insecure'> {
  /** The one to speak plain HTTP to, though it isn't on this machine: `host[:port]`. */
  readonly insecureHost?: string | undefined;
}

/** Registries by host. Close them. */
export function openRegistries({ insecureHost, ...options }: RegistriesOptions): {
  readonly registries: Registries;
  readonly close: () => Promise<void>;
} {
  const clients = new Map<string, RegistryClient>();
  const insecure = insecureHost === undefined ? undefined : canonicalHost(insecureHost);
  return {
    registries: (name) => {
      const host = canonicalHost(name);
      const client = clients.get(host) ?? openRegistry({ ...options, host, insecure: host === insecure });
      clients.set(host, client);
      return client;
    },
    close: async () => void (await Promise.all([...clients.values()].map((client) => client.close()))),
  };
}
