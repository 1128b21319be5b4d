// Turns the release ConfigMap into what is released, and what of configurations that holds on to.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { epochKey, parseReleases, type ReleaseRecord } from '../../core/release.ts';
import { serveRecords } from '../../core/routing/table/released-records.ts';
import type { RoutingTable } from '../../core/routing/table/routing-table.ts';
import { type Log, reasonOf } from '../log.ts';

/** Records by key: `environment.app`. */
type Records = Map<string, ReleaseRecord>;

/**
 * Follows the release ConfigMap. An epoch isn't served unless all its records can be read, and what they hold on to is
 * known; records for which that isn't so leave what was released before as it is.
 */
export class ReleaseFollower {
  readonly #table: RoutingTable;
  readonly #log: Log;
  readonly #onEpoch: (epoch: number) => void;
  #served: Records = new Map();
  /** What can't be served yet. */
  #waiting: V1ConfigMap | undefined;
  /** Configurations that were told to be gone. */
  #lost: ReadonlySet<string> = new Set();

  /** @param onEpoch told when the releases of an epoch are served. */
  constructor(table: RoutingTable, log: Log, onEpoch: (epoch: number) => void) {
    this.#table = table;
    this.#log = log;
    this.#onEpoch = onEpoch;
  }

  /** The ConfigMap is new or changed. `isComplete`: all that it can refer to has been told; what isn't there is gone. */
  set(object: V1ConfigMap, isComplete = false): void {
    const { data = {}, metadata } = object;
    const records: Records = new Map();
    let isWaiting = false;
    let isDamaged = false;
    for (const [key, value] of Object.entries(data)) {
      if (key.indexOf('.') <= 0) continue;
      const record = this.#read(key, value, metadata?.name);
      const before = this.#served.get(key);
      const isEarly =
        !isComplete && record !== undefined && before?.id !== record.id && this.#isUnknown(record.config);
      isDamaged ||= record === undefined;
      isWaiting ||= isEarly;
      const inForce = record === undefined || isEarly ? before : record;
      if (inForce !== undefined) records.set(key, inForce);
    }
    this.#waiting = isWaiting ? object : undefined;
    this.#serve(records);
    const epoch = Number(data[epochKey] ?? 0);
    if (!isDamaged && !isWaiting && Number.isInteger(epoch)) this.#onEpoch(epoch);
  }

  /** The ConfigMap is gone. */
  clear(): void {
    this.#waiting = undefined;
    this.#serve(new Map());
  }

  /** A configuration has become known. */
  tryAgain(): void {
    if (this.#waiting !== undefined) this.set(this.#waiting);
    this.tellLost();
  }

  /** Tells of configurations that are gone, each once. */
  tellLost(): void {
    const lost = new Set<string>();
    for (const [key, record] of this.#served) {
      if (!this.#isUnknown(record.config) || record.config === undefined) continue;
      lost.add(record.config);
      if (!this.#lost.has(record.config))
        this.#log('error', 'configuration-lost', { configuration: record.config, release: key });
    }
    this.#lost = lost;
  }

  #serve(records: Records): void {
    this.#served = records;
    serveRecords(
      this.#table,
      [...records].map(([key, record]) => {
        const dot = key.indexOf('.');
        return { environment: key.slice(0, dot), app: key.slice(dot + 1), record };
      }),
    );
    this.tellLost();
  }

  #read(key: string, value: string, object: string | undefined): ReleaseRecord | undefined {
    try {
      const [record] = [...parseReleases({ [key]: value }).records.values()].flatMap((apps) => [
        ...apps.values(),
      ]);
      if (record === undefined) throw new Error('its key names no environment and app');
      return record;
    } catch (error) {
      this.#log('error', 'object-damaged', { object, key, reason: reasonOf(error) });
      return undefined;
    }
  }

  #isUnknown(configuration: string | undefined): boolean {
    return configuration !== undefined && !this.#table.hasConfiguration(configuration);
  }
}
