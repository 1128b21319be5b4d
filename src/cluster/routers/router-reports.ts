// What routers tell of what passes through them, by annotations of their Leases.
import type { V1Lease } from '@kubernetes/client-node';
import { annotation } from '../../core/labels.ts';
import type { HopCount, ProbeReport } from '../../core/routing/router-report.ts';
import type { ApiClient } from '../api/api-client.ts';
import { liveLeases } from './routers.ts';

/** What one router that is alive tells. */
export interface RouterReport {
  readonly name: string;
  /** When it has told it last (RFC 3339), by its own clock. */
  readonly toldAt: string;
  readonly hops: readonly HopCount[];
  readonly probes: readonly ProbeReport[];
}

/** What the routers that are alive tell now. */
export async function routerReports(client: ApiClient): Promise<RouterReport[]> {
  return (await liveLeases(client)).map(readReport);
}

function readReport({ metadata, spec }: V1Lease): RouterReport {
  const { name = '', annotations = {} } = metadata ?? {};
  return {
    name,
    toldAt: String(spec?.renewTime ?? ''),
    hops: listIn<HopCount>(annotations[annotation.hops]),
    probes: listIn<ProbeReport>(annotations[annotation.probes]),
  };
}

/** Routers of another fox, and whoever may write Leases, may say anything. */
function listIn<T extends object>(text: string | undefined): T[] {
  if (text === undefined || text === '') return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value)
      ? value.filter((each): each is T => each !== null && typeof each === 'object')
      : [];
  } catch {
    return [];
  }
}
