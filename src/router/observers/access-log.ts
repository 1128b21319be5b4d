// The access log: one JSON object per request, written many at a time, and never waited for.
import { objectName } from '../../core/labels.ts';
import type { Observation, Observer } from './observation.ts';

/** What takes the lines: a stream, such as that of stdout. */
export interface LogOutput {
  write(text: string, done?: (error?: Error | null) => void): boolean;
  /** Characters that it hasn't passed on yet. */
  readonly writableLength: number;
}

/** Lines wait so long for others to be written with, in ms. */
const gatherMilliseconds = 100;
/** So many characters are written at once at most. */
const batchLength = 64 * 1024;
/** While whoever reads the log is so far behind, lines are left out. */
const mostBehind = 4 * 1024 * 1024;
/** At the end they are waited for so long, in ms. */
const lastWords = 1_000;
/** A path may be as long as a head. */
const longestPath = 1_024;

/** Writes the log of one router. */
export class AccessLog implements Observer {
  readonly #output: LogOutput;
  readonly #isOn: () => boolean;
  #lines = '';
  #lineCount = 0;
  #leftOut = 0;
  #gathering: NodeJS.Timeout | undefined;

  /** @param isOn is asked at each request. */
  constructor(output: LogOutput, isOn: () => boolean) {
    this.#output = output;
    this.#isOn = isOn;
  }

  readonly onEnd = (observation: Observation): void => {
    if (!this.#isOn()) return;
    this.#lines += requestLine(observation, new Date(), performance.now());
    this.#lineCount += 1;
    if (this.#lines.length >= batchLength) this.#write();
    else this.#gathering ??= setTimeout(() => this.#write(), gatherMilliseconds).unref();
  };

  /** Writes what waits, and resolves once it has been taken; or a while later, should nobody take it. */
  async flush(): Promise<void> {
    this.#write();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lastWords);
      this.#output.write('', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #write(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const lines = this.#lines;
    if (this.#output.writableLength > mostBehind) this.#leftOut += this.#lineCount;
    else if (lines !== '') this.#output.write(this.#leftOut === 0 ? lines : this.#gap() + lines);
    this.#lines = '';
    this.#lineCount = 0;
  }

  /** Says that lines are missing here. */
  #gap(): string {
    const count = this.#leftOut;
    this.#leftOut = 0;
    return `${JSON.stringify({ at: new Date().toISOString(), level: 'warning', event: 'requests-not-logged', count })}\n`;
  }
}

/**
 * A request as a line. Of its target only the path is told, and no header: queries and cookies hold what nobody else may know.
 * @param now of performance.now()
 */
export function requestLine(observation: Observation, at: Date, now: number): string {
  const { caller, workload, answered, waited, began, problem, reason, rule } = observation;
  return `${JSON.stringify({
    at: at.toISOString(),
    level: 'info',
    event: 'request',
    side: observation.side,
    method: observation.method,
    host: observation.host,
    path: pathOf(observation.target),
    status: observation.status,
    problem,
    reason,
    app: observation.app,
    version: observation.version,
    environment: observation.environment,
    component: observation.component,
    workload: workload === undefined ? undefined : nameOf(workload),
    pod: observation.pod,
    caller: caller === undefined ? undefined : nameOf(caller.workload),
    context: observation.hopContext,
    route: rule,
    attempts: observation.attempts,
    waitedMs: waited === 0 ? undefined : tenths(waited),
    headMs: answered === undefined ? undefined : tenths(answered - began),
    ms: tenths(now - began),
    bytesIn: observation.bytesIn,
    bytesOut: observation.bytesOut,
    client: observation.client,
    requestId: observation.requestId,
    traceId: observation.traceparent.slice(3, 35),
    stream: observation.stream,
    end: observation.end,
  })}\n`;
}

function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  return path.length > longestPath ? `${path.slice(0, longestPath)}…` : path;
}

/** Name of its Deployment, by which users know a workload. */
function nameOf(workload: string): string {
  const [app = '', component = '', hash = ''] = workload.split('/');
  return objectName.workload(app, component, hash);
}

function tenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
