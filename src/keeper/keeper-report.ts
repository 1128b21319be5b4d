// What the keeper tells of its work: in its log always, as Events of the cluster where it may write those.
import { type EnvironmentEnd, unclear } from '../actions/environments/end/environment-end.ts';
import type { ApiClient } from '../cluster/api/api-client.ts';
import { writeKeeperEvent } from '../cluster/keeper/keeper-event.ts';
import { FoxError } from '../core/errors.ts';
import type { Emit } from '../core/events.ts';
import { deploymentName } from '../core/names.ts';
import { type Log, reasonOf } from './log.ts';

/** The object of a virtual environment. */
interface Subject {
  readonly name: string;
  readonly uid: string;
}

/** Tells of environments. */
export class KeeperReport {
  readonly #client: ApiClient;
  readonly #log: Log;
  /** What was told of environments that have to wait. */
  readonly #waiting = new Map<string, string>();

  constructor(client: ApiClient, log: Log) {
    this.#client = client;
    this.#log = log;
  }

  /** What actions say besides. */
  readonly emit: Emit = (event) => {
    if (event.type === 'info' || event.type === 'warning')
      this.#log(event.type, 'note', { text: event.text });
  };

  async ended(subject: Subject, end: EnvironmentEnd): Promise<void> {
    const { name } = subject;
    const [releases = [], versions = []] = [end.releases, end.versions].map((list) =>
      list.map(({ app, version }) => deploymentName(app, version)),
    );
    const workloads = end.workloads.map((workload) => workload.name);
    this.#log('info', 'environment-ended', { environment: name, releases, versions, workloads });
    if (end.isUnclear)
      this.#log('warning', 'workloads-unclear', { environment: name, reason: unclear(name) });
    await this.#event(subject, 'Normal', 'Expired', endText(name, releases, workloads));
  }

  /** It is tried again; others learn of the first time only. */
  async notEnded(subject: Subject, error: FoxError, isFirst: boolean): Promise<void> {
    const reason = reasonOf(error);
    const { name } = subject;
    this.#log('warning', 'environment-not-ended', { environment: name, reason, details: error.details });
    // An API that is away can't be told either.
    if (!isFirst || error.code === 'CLUSTER_UNREACHABLE') return;
    await this.#event(subject, 'Warning', 'NotEnded', `its time is over, but ${reason}; trying again`);
  }

  /** Environments whose time is over, and those that inherit from them and go on; each is told once. */
  waiting(environments: ReadonlyMap<string, readonly string[]>): void {
    for (const [environment, inheritedBy] of environments) {
      const text = inheritedBy.join(', ');
      if (this.#waiting.get(environment) === text) continue;
      this.#waiting.set(environment, text);
      this.#log('info', 'environment-waits', { environment, inheritedBy });
    }
    for (const name of this.#waiting.keys()) if (!environments.has(name)) this.#waiting.delete(name);
  }

  async #event(
    { name: environment, uid }: Subject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): Promise<void> {
    try {
      await writeKeeperEvent(this.#client, { environment, uid, type, reason, message });
    } catch (error) {
      if (!(error instanceof FoxError)) throw error;
      this.#log('warning', 'event-not-written', { environment, reason: reasonOf(error) });
    }
  }
}

function endText(name: string, releases: readonly string[], workloads: readonly string[]): string {
  const released = releases.length === 0 ? '' : `; ${releases.join(', ')} was released there`;
  const left = workloads.length === 0 ? 'no workload ran only there' : `with it went ${workloads.join(', ')}`;
  return `the time of virtual environment ${name} is over${released}; ${left}`;
}
