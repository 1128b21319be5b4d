// What fox finds of the routers' settings: whether they are those of the config, and whether they mean what they say.
import { isStatus } from '../../cluster/api/api-error.ts';
import type { Namespace } from '../../cluster/namespace.ts';
import { doubtsAbout, type RouterSettings } from '../../core/routing/router-settings.ts';
import { settingsDifference } from '../settings/settings-difference.ts';
import { type Finding, ok, warning } from './finding.ts';

const check = 'router settings';

/** Nothing where the config says nothing of them, and nobody else does. Rights and namespaces that are missing are other checks' matter. */
export async function checkRouterSettings(
  namespace: Namespace,
  wanted: RouterSettings | undefined,
): Promise<readonly Finding[]> {
  try {
    const { routerSettings: stored } = await namespace.observe();
    const difference = settingsDifference(stored, wanted, namespace.cluster);
    if (difference !== undefined) {
      const { text, fix, details } = difference;
      return [warning(check, text, fix, details)];
    }
    const inForce = wanted ?? (typeof stored === 'object' ? stored : undefined);
    if (inForce === undefined) return [];
    const doubts = doubtsAbout(inForce);
    const fix = 'Name the addresses of your proxies and networks in `router` of the config.';
    if (doubts.length > 0) return [warning(check, 'they let in everybody', fix, doubts)];
    return wanted === undefined ? [] : [ok(check, 'as the config says')];
  } catch (error) {
    if (isStatus(error, 403) || isStatus(error, 404)) return [];
    throw error;
  }
}
