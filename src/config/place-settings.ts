// The settings of the place that fox is used in: which cluster, which registry.
import type * as z from 'zod';
import type { PlaceSettings, RegistrySettings } from './config.ts';
import { placeSchema } from './schema.ts';

type PlaceEntry = z.infer<typeof placeSchema>;

/** The settings of a config that is otherwise not looked at; undefined if they themselves are not valid. */
export function placeSettingsOf(config: unknown): PlaceSettings | undefined {
  const { success, data } = placeSchema.safeParse(config);
  return success ? resolvePlaceSettings(data) : undefined;
}

/** Settings of a valid file. */
export function resolvePlaceSettings({ cluster, registry, builder }: PlaceEntry): PlaceSettings {
  return {
    ...(cluster === undefined
      ? {}
      : {
          cluster: {
            ...(cluster.context === undefined ? {} : { context: cluster.context }),
            ...(cluster.namespace === undefined ? {} : { namespace: cluster.namespace }),
          },
        }),
    ...(registry === undefined ? {} : { registry: resolveRegistry(registry) }),
    ...(builder === undefined ? {} : { builder }),
  };
}

function resolveRegistry(registry: NonNullable<PlaceEntry['registry']>): RegistrySettings {
  if (typeof registry === 'string') return { prefix: registry, insecure: false, pullSecret: false };
  const { prefix, insecure = false, pullSecret = false } = registry;
  return { prefix, insecure, pullSecret };
}
