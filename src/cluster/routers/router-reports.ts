// What routers tell of what passes through them, by annotations of their Leases.
import type { V1Lease } from '@kubernetes/client-node';
import { annotation } from '../../core/labels.ts';
import type { HopCount, ProbeReport, ProbeSighting } from '../../core/routing/router-report.ts';
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

/** What the Lease of a router tells. */
export function readReport({ metadata, spec }: V1Lease): RouterReport {
  const { name = '', annotations = {} } = metadata ?? {};
  return {
    name,
    toldAt: String(spec?.renewTime ?? ''),
    hops: listIn(annotations[annotation.hops], isHopCount),
    probes: listIn(annotations[annotation.probes], isProbeReport),
  };
}

/** Routers of another fox, and whoever may write Leases, may say anything: what is none of this kind counts as not said. */
function listIn<T>(text: string | undefined, is: (value: unknown) => value is T): T[] {
  if (text === undefined || text === '') return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter(is) : [];
  } catch {
    return [];
  }
}

function isHopCount(value: unknown): value is HopCount {
  return has(value, ['app', 'caller'], ['carried', 'without', 'refused']);
}

function isProbeReport(value: unknown): value is ProbeReport {
  return has(value, ['probe'], ['answered']) && isListOf(value['sightings'], isSighting);
}

function isSighting(value: unknown): value is ProbeSighting {
  if (!has(value, ['app', 'component'], []) || typeof value['isShared'] !== 'boolean') return false;
  return isListOf(value['calls'], (each) => has(each, ['callee'], ['carried', 'without']));
}

function isListOf(value: unknown, is: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function has(
  value: unknown,
  texts: readonly string[],
  counts: readonly string[],
): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const said = value as Readonly<Record<string, unknown>>;
  return (
    texts.every((key) => typeof said[key] === 'string') &&
    counts.every((key) => Number.isSafeInteger(said[key]))
  );
}
