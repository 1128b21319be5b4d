// What fox finds of the context of requests: components that declare to pass it on, and are seen to lose it.
import { isStatus } from '../../cluster/api/api-error.ts';
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import { routerReports } from '../../cluster/routers/router-reports.ts';
import type { HopCount } from '../../core/routing/router-report.ts';
import { type Finding, warning } from './finding.ts';

/** Nothing where no call has been counted that should have carried a context. Rights that are missing are other checks' matter. */
export async function checkContext(namespace: Namespace): Promise<readonly Finding[]> {
  try {
    const [reports, state] = await Promise.all([routerReports(namespace.client), namespace.observe()]);
    const hops = reports.flatMap((report) => report.hops);
    const lines = lossesOf(hops, state.versions).map(lossText);
    if (lines.length === 0) return [];
    return [
      warning(
        'context',
        'components that declare forwardsContext have made calls without one',
        '`fox doctor propagation` shows which of them lose it; calls that belong to no request need none.',
        lines,
      ),
    ];
  } catch (error) {
    if (isStatus(error, 403) || isStatus(error, 404)) return [];
    throw error;
  }
}

/** Counts of components that some version says forward the context, those of all routers together; only where it was missing. */
export function lossesOf(
  hops: readonly HopCount[],
  versions: Pick<NamespaceState, 'versions'>['versions'],
): HopCount[] {
  const sums = new Map<string, HopCount>();
  for (const hop of hops) {
    const { app, caller } = hop;
    const declares = versions.some(
      ({ manifest }) => manifest.app === app && manifest.components[caller]?.forwardsContext === true,
    );
    if (!declares) continue;
    const known = sums.get(`${app}/${caller}`);
    sums.set(`${app}/${caller}`, {
      app,
      caller,
      carried: (known?.carried ?? 0) + hop.carried,
      without: (known?.without ?? 0) + hop.without,
      refused: (known?.refused ?? 0) + hop.refused,
    });
  }
  return [...sums.values()].filter(({ without, refused }) => without + refused > 0);
}

function lossText({ app, caller, carried, without, refused }: HopCount): string {
  const all = carried + without + refused;
  const failed = refused === 0 ? '' : `; ${refused} could not be served`;
  return `${caller} of ${app}: ${without + refused} of ${all} calls since the routers started${failed}`;
}
