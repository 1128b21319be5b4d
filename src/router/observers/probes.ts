// Sees which components pass on the context of requests that are sent to find that out, and tells it by the router's Lease.
import type { ProbedCalls, ProbeReport } from '../../core/routing/router-report.ts';
import type { Observation, Observer } from './observation.ts';
import { WorkloadsInFlight } from './workloads-in-flight.ts';

/** Anybody who may select a version can send them: what is kept and told of them is bounded. */
const mostProbes = 20;
const mostComponents = 200;
const mostText = 48 * 1024;
/** After this nobody asks any more, in ms. */
const keptFor = 60_000;
/** Between two tellings, in ms; and how long it takes until something is told, so that more is told at once. */
const pause = 1_000;
const gathering = 50;

interface Sighting {
  readonly app: string;
  readonly component: string;
  readonly calls: Map<string, { carried: number; without: number }>;
  isShared: boolean;
}

interface Probe {
  answered: number;
  readonly sightings: Map<string, Sighting>;
}

/** Hears of requests and calls. */
export class Probes implements Observer {
  readonly #say: (text: string) => void;
  readonly #inFlight = new WorkloadsInFlight();
  /** Oldest first. */
  readonly #probes = new Map<string, Probe>();
  #telling: NodeJS.Timeout | undefined;
  #forgetting: NodeJS.Timeout | undefined;
  #toldAt = -Infinity;

  /** @param say is given JSON of a list of {@link ProbeReport}, at most once in a while. */
  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  readonly onRouted = (observation: Observation): void => {
    this.#called(observation);
    this.#inFlight.begin(observation);
    const { probe, app, component, workload } = observation;
    if (probe === undefined || workload === undefined || app === undefined || component === undefined) return;
    this.#sightingOf(probe, app, component);
  };

  readonly onEnd = (observation: Observation): void => {
    this.#inFlight.end(observation);
    const { probe, side } = observation;
    if (probe === undefined || side !== 'edge') return;
    this.#probeOf(probe).answered += 1;
    this.#tell();
  };

  #called({ caller, component: callee, hopContext, probe: own, problem }: Observation): void {
    if (caller === undefined || callee === undefined) return;
    if (own !== undefined) return this.#count(own, caller, callee, 'carried', false);
    if (problem !== undefined && problem !== 'context-lost') return;
    const carries = hopContext === 'carried';
    for (const { probe, isShared } of this.#inFlight.probesIn(caller.workload)) {
      // It may pass on the version and the virtual environment alone; or it is a call for another request.
      if (carries && isShared) continue;
      this.#count(probe, caller, callee, carries ? 'carried' : 'without', isShared);
    }
  }

  #count(
    probe: string,
    { app, component }: { readonly app: string; readonly component: string },
    callee: string,
    kind: 'carried' | 'without',
    isShared: boolean,
  ): void {
    const sighting = this.#sightingOf(probe, app, component);
    if (sighting === undefined) return;
    const calls = sighting.calls.get(callee) ?? { carried: 0, without: 0 };
    if (sighting.calls.size < mostComponents) sighting.calls.set(callee, calls);
    calls[kind] += 1;
    sighting.isShared ||= isShared;
    this.#tell();
  }

  #probeOf(id: string): Probe {
    const known = this.#probes.get(id);
    if (known !== undefined) return known;
    const probe: Probe = { answered: 0, sightings: new Map() };
    this.#probes.set(id, probe);
    const [oldest = ''] = this.#probes.keys();
    if (this.#probes.size > mostProbes) this.#probes.delete(oldest);
    return probe;
  }

  #sightingOf(id: string, app: string, component: string): Sighting | undefined {
    const { sightings } = this.#probeOf(id);
    const key = `${app}/${component}`;
    const known = sightings.get(key);
    if (known !== undefined || sightings.size >= mostComponents) return known;
    const sighting: Sighting = { app, component, calls: new Map(), isShared: false };
    sightings.set(key, sighting);
    return sighting;
  }

  #tell(): void {
    clearTimeout(this.#forgetting);
    this.#forgetting = setTimeout(() => {
      this.#probes.clear();
      this.#say('');
    }, keptFor).unref();
    if (this.#telling !== undefined) return;
    const wait = Math.max(gathering, this.#toldAt + pause - performance.now());
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      this.#toldAt = performance.now();
      this.#say(this.#text());
    }, wait).unref();
  }

  /** The latest ones first, as many as there is room for. */
  #text(): string {
    const reports: string[] = [];
    let size = 0;
    for (const [id, probe] of [...this.#probes].toReversed()) {
      const text = reportText(id, probe);
      size += text.length;
      if (size > mostText) break;
      reports.push(text);
    }
    return `[${reports.join(',')}]`;
  }
}

/** As much of a {@link ProbeReport} as there is room for: an object in Kubernetes holds so much, and no more. */
function reportText(probe: string, { answered, sightings }: Probe): string {
  let seen = [...sightings.values()].map((each) => ({ ...each, calls: callsOf(each) }));
  for (;;) {
    const text = JSON.stringify({ probe, answered, sightings: seen } satisfies ProbeReport);
    if (text.length <= mostText || seen.length === 0) return text;
    seen = seen.slice(0, Math.floor(seen.length / 2));
  }
}

function callsOf({ calls }: Sighting): ProbedCalls[] {
  return [...calls].map(([callee, counts]) => ({ callee, ...counts }));
}
