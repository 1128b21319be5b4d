// Counts the streams that are open, by version, virtual environment and workload, for whoever asks what a change would cut.
import type { StreamCount } from '../../core/routing/router-report.ts';
import { streamReport } from '../../core/routing/stream-report.ts';
import type { Observation, Observer } from './observation.ts';

/** Changes that follow each other within this are told together, in ms. */
const gatherMilliseconds = 500;

type Open = { -readonly [Key in keyof StreamCount]: StreamCount[Key] };

/** The streams of one router. */
export class StreamCounts implements Observer {
  readonly #say: (report: string) => void;
  readonly #counts = new Map<string, Open>();
  #telling: NodeJS.Timeout | undefined;

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
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      this.#say(streamReport([...this.#counts.values()]));
    }, gatherMilliseconds).unref();
  }
}

function fieldOf({ stream }: Observation): 'webSockets' | 'events' {
  return stream === 'websocket' ? 'webSockets' : 'events';
}

function keyOf({ workload = '', version = '', environment = '' }: Observation): string {
  return `${workload} ${version} ${environment}`;
}

function noneOf({ workload = '', version, environment }: Observation): Open {
  const [app = '', component = '', hash = ''] = workload.split('/');
  return {
    app,
    component,
    hash,
    ...(version === undefined ? {} : { version }),
    ...(environment === undefined ? {} : { environment }),
    webSockets: 0,
    events: 0,
  };
}
