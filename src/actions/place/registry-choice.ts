// Which registry a command is about: the option counts more than the config.
import type { PlaceSettings } from '../../config/config.ts';
import type { CommonOptions } from '../context.ts';

/**
 * The settings of a place with the registry that was named for this command. What the config says of plain HTTP is
 * meant for the host that it names; that the cluster is to be given credentials is meant for whichever it is.
 */
export function withRegistryOption(
  settings: PlaceSettings,
  { registry: prefix }: Pick<CommonOptions, 'registry'>,
): PlaceSettings {
  if (prefix === undefined) return settings;
  const { registry } = settings;
  const insecure = registry !== undefined && hostOf(registry.prefix) === hostOf(prefix) && registry.insecure;
  return { ...settings, registry: { prefix, insecure, pullSecret: registry?.pullSecret ?? false } };
}

function hostOf(prefix: string): string {
  return prefix.split('/')[0] ?? '';
}
