// The settings of the place that fox is used in: which cluster, which registry, what its routers allow.
import type * as z from 'zod';
import type { PlaceSettings, RegistrySettings } from './config.ts';
import { defaultRouterSettings, type RouterSettings } from '../core/routing/router-settings.ts';
import { bytes } from './quantities.ts';
import { placeSchema } from './schema.ts';

type PlaceEntry = z.infer<typeof placeSchema>;

/** The settings of a config that is otherwise not looked at; undefined if they themselves are not valid. */
export function placeSettingsOf(config: unknown): PlaceSettings | undefined {
  const { success, data } = placeSchema.safeParse(config);
  return success ? resolvePlaceSettings(data) : undefined;
}

/** Settings of a valid file. */
export function resolvePlaceSettings({ cluster, registry, builder, router }: PlaceEntry): PlaceSettings {
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
    ...(router === undefined ? {} : { router: resolveRouter(router) }),
  };
}

function resolveRegistry(registry: NonNullable<PlaceEntry['registry']>): RegistrySettings {
  if (typeof registry === 'string') return { prefix: registry, insecure: false, pullSecret: false };
  const { prefix, insecure = false, pullSecret = false } = registry;
  return { prefix, insecure, pullSecret };
}

function resolveRouter({ maxBody, ...entry }: NonNullable<PlaceEntry['router']>): RouterSettings {
  const given = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
  return {
    ...defaultRouterSettings,
    ...given,
    ...(maxBody === undefined ? {} : { maxBody: bytes(maxBody) }),
  };
}
