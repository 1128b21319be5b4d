// Counts the streams that are open, by version, virtual environment and workload, for whoever asks what a change would cut.
import type { StreamCount } from '../../core/routing/router-report.ts';
import { streamReport } from '../../core/routing/stream-report.ts';
import type { Observation, Observer } from './observation.ts';

/** The first change is told after a moment, so that those that come with it are told together; in ms. */
const gatherMilliseconds = 50;
/** Further ones not before this, in ms: telling is a write to the cluster. */
const pauseMilliseconds = 1_000;

type Open = { -readonly [Key in keyof StreamCount]: StreamCount[Key] };

/** The streams of one router. */
export class StreamCounts implements Observer {
  readonly #say: (report: string) => void;
  readonly #counts = new Map<string, Open>();
  #telling: NodeJS.Timeout | undefined;
  #toldAt = -Infinity;

  /** @param say is given the text of all counts after they have changed, see core/routing/stream-report.ts. */
  constructor(say: (report: string) => void) {
    this.#say = say;
  }

  readonly onStream = (observation: Observation): void => {
    const key = keyOf(observation);
    const open = this.#counts.get(key) ?? noneOf(observation);
    this.#counts.set(key, open);
    open[fieldOf(observation)] += 1;
    this.#tell();
  };

  readonly onEnd = (observation: Observation): void => {
    if (observation.stream === undefined) return;
    const key = keyOf(observation);
    const open = this.#counts.get(key);
    if (open === undefined) return;
    open[fieldOf(observation)] -= 1;
    if (open.webSockets === 0 && open.events === 0) this.#counts.delete(key);
    this.#tell();
  };

  #tell(): void {
    if (this.#telling !== undefined) return;
    const pause = this.#toldAt + pauseMilliseconds - performance.now();
    this.#telling = setTimeout(
      () => {
        this.#telling = undefined;
        this.#toldAt = performance.now();
        this.#say(streamReport([...this.#counts.values()]));
      },
      Math.max(gatherMilliseconds, pause),
    ).unref();
  }
}

function fieldOf({ stream }: Observation): 'webSockets' | 'events' {
  return stream === 'websocket' ? 'webSockets' : 'events';
}

function keyOf({ side, workload = '', version = '', environment = '' }: Observation): string {
  return `${side} ${workload} ${version} ${environment}`;
}

function noneOf({ side, workload = '', version, environment }: Observation): Open {
  const [app = '', component = '', hash = ''] = workload.split('/');
  return {
    app,
    component,
    hash,
    ...(version === undefined ? {} : { version }),
    ...(environment === undefined ? {} : { environment }),
    ...(side === 'internal' ? { isCall: true } : {}),
    webSockets: 0,
    events: 0,
  };
}
