// Whether the routers go by what the config says of them.
import type { ClusterKind, NamespaceState } from '../../cluster/namespace.ts';
import { defaultRouterSettings, type RouterSettings } from '../../core/routing/router-settings.ts';

/** What is in force and should be otherwise, and what mends it. */
export interface SettingsDifference {
  /** One sentence. */
  readonly text: string;
  /** A line per setting: `accessLog: true, and false in the config`. */
  readonly details: readonly string[];
  readonly fix: string;
}

/** Undefined where all is as the config says, or where it says nothing. */
export function settingsDifference(
  stored: NamespaceState['routerSettings'],
  wanted: RouterSettings | undefined,
  cluster: ClusterKind,
): SettingsDifference | undefined {
  const fix =
    cluster === 'kubernetes'
      ? '`fox install` puts those of the config in force.'
      : 'The next command that may change the cluster, such as `fox deploy`, puts those of the config in force.';
  if (typeof stored === 'string') {
    const text = `the routers' settings can't be read, and those before are in force: of ConfigMap fox-router, ${stored}`;
    return { text, details: [], fix };
  }
  const details = wanted === undefined ? [] : differences(stored ?? defaultRouterSettings, wanted);
  if (details.length === 0) return undefined;
  return { text: "the routers go by other settings than the config's", details, fix };
}

function differences(inForce: RouterSettings, wanted: RouterSettings): string[] {
  const keys = ['trustedProxies', 'internalNetworks', 'maxBody', 'accessLog'] as const;
  return keys.flatMap((key) => {
    const [now, then] = [shown(inForce[key]), shown(wanted[key])];
    return now === then ? [] : [`${key}: ${now}, and ${then} in the config`];
  });
}

function shown(value: RouterSettings[keyof RouterSettings]): string {
  if (value === undefined) return 'any';
  if (typeof value !== 'object') return String(value);
  return value.length === 0 ? 'none' : value.join(' ');
}
