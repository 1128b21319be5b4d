// Skew protection: the assets of a page come from the version that the page came from, for a while after another one was released.
import { skewMilliseconds } from '../../environments/skew-protection.ts';
import { decideGenesis, type Destination } from '../genesis.ts';
import { isProblem } from '../problem.ts';
import type { RoutedRequest } from '../rules/routed-request.ts';
import type { RoutingTable } from '../table/routing-table.ts';
import { type ContextCookies, cookieName } from './context-cookies.ts';
import type { Entry } from './entry.ts';
import type { FetchIntent } from './fetch-intent.ts';

/** A request that nothing has selected a version for. */
export interface AssetRequest {
  readonly entry: Entry;
  readonly cookies: ContextCookies;
  readonly intent: Pick<FetchIntent, 'isAsset'>;
  readonly request: RoutedRequest;
  /** Ms since 1970. */
  readonly now: number;
}

/**
 * Where an asset of a page comes from whose version was replaced a moment ago; undefined where it comes from what is
 * released: the version has run out of time, runs no more, has no such route, or was taken back by a rollback.
 */
export function assetDestination(
  table: RoutingTable,
  { entry, cookies, intent, request, now }: AssetRequest,
): Destination | undefined {
  const { environment = '' } = entry.choice;
  const page = cookies.get(cookieName.page(environment));
  if (page === undefined || !intent.isAsset || entry.asked.deployment !== undefined) return undefined;
  const inForce = table.environments.get(environment);
  const replaced = table.replaced(environment, page);
  if (inForce === undefined || replaced === undefined) return undefined;
  const { version, since } = replaced;
  if (now - since >= skewMilliseconds(inForce)) return undefined;
  // What another app answers is not of that page.
  if (!isProblem(entry.outcome) && entry.outcome.version.app !== version.app) return undefined;
  const found = decideGenesis(table, environment, version.deployment, request);
  return isProblem(found) || found.version !== version ? undefined : found;
}
