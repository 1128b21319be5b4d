// Waits until the routers have told what they saw of marked requests.
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../../cluster/api/api-client.ts';
import { type RouterReport, routerReports } from '../../cluster/routers/router-reports.ts';
import type { HopCount, ProbeSighting } from '../../core/routing/router-report.ts';

/** What all routers together saw. */
export interface Sightings {
  readonly sightings: readonly ProbeSighting[];
  /** Calls without a context, by component, that were counted meanwhile beside those in the sightings. */
  readonly elsewhere: ReadonlyMap<string, number>;
  readonly routers: number;
  /** All routers that are alive have told what they saw. */
  readonly isComplete: boolean;
}

/** A router tells news within a second, and everything every five. In ms. */
const patience = 12_000;
const pause = 100;
const tellingTime = 1_200;

/**
 * What the routers saw of a probe, of which so many requests were answered.
 * @param before what they told before the first of them.
 */
export async function collectSightings(
  client: ApiClient,
  { app, probe, answered }: { readonly app: string; readonly probe: string; readonly answered: number },
  before: readonly RouterReport[],
  signal: AbortSignal,
): Promise<Sightings> {
  const deadline = performance.now() + patience;
  const ended = performance.now();
  let marks: ReadonlyMap<string, string> | undefined;
  for (;;) {
    const reports = await routerReports(client);
    const told = answeredIn(reports, probe) >= answered;
    // What a router saw of calls alone it tells a little later than the one that answered.
    if (performance.now() - ended > tellingTime)
      marks ??= new Map(reports.map(({ name, toldAt }) => [name, toldAt]));
    const all = reports.length === 1 || (marks !== undefined && reports.every(hasToldSince(marks)));
    const isComplete = told && all;
    if (isComplete || performance.now() > deadline) {
      const sightings = reports.flatMap(({ probes }) =>
        probes.filter((each) => each.probe === probe).flatMap((each) => each.sightings),
      );
      const elsewhere = reports.length === 1 ? new Map() : countedElsewhere(app, before, reports, sightings);
      return { sightings, elsewhere, routers: reports.length, isComplete };
    }
    await delay(pause, undefined, { signal });
  }
}

function answeredIn(reports: readonly RouterReport[], probe: string): number {
  const own = reports.flatMap(({ probes }) => probes.filter((each) => each.probe === probe));
  return own.reduce((total, { answered }) => total + answered, 0);
}

function hasToldSince(marks: ReadonlyMap<string, string>): (report: RouterReport) => boolean {
  return ({ name, toldAt }) => marks.get(name) !== toldAt;
}

/** Which request a call without context belongs to knows only the router that sent the component that request. */
export function countedElsewhere(
  app: string,
  before: readonly RouterReport[],
  now: readonly RouterReport[],
  sightings: readonly ProbeSighting[],
): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (caller: string, count: number) => counts.set(caller, (counts.get(caller) ?? 0) + count);
  for (const { name, hops } of now) {
    const past = before.find((each) => each.name === name)?.hops ?? [];
    for (const hop of hops.filter((each) => each.app === app))
      add(hop.caller, lost(hop) - lost(past.find((each) => each.app === app && each.caller === hop.caller)));
  }
  for (const { component, calls } of sightings)
    for (const { without } of calls) if (counts.has(component)) add(component, -without);
  return new Map([...counts].filter(([, count]) => count > 0));
}

function lost(hop: HopCount | undefined): number {
  return hop === undefined ? 0 : hop.without + hop.refused;
}
