// The ports by which workloads call each other: one per (workload, callee), the same for all its pods and over restarts.
import type { RecordTable } from '../store/object-store.ts';
import type { PortAllocator } from './port-allocator.ts';

/** Callee → port. */
export type CallPortTable = Readonly<Record<string, number>>;

const prefix = 'call-ports/';

/** Durable call ports, kept as long as their workload has a pod. A workload is any string that identifies it. */
export class CallPorts {
  readonly #records: RecordTable;
  readonly #ports: PortAllocator;
  /** Changes of one workload's ports, one after the other. */
  readonly #busy = new Map<string, Promise<unknown>>();

  constructor(records: RecordTable, ports: PortAllocator) {
    this.#records = records;
    this.#ports = ports;
  }

  /**
   * Takes up what was recorded, at a time when neither pods nor router run: ports that a stranger listens on are
   * chosen anew, and those of workloads outside of `existing` are forgotten.
   */
  async restore(existing: ReadonlySet<string>): Promise<void> {
    for (const { key, value } of this.#records.entries<CallPortTable>(prefix)) {
      const workload = key.slice(prefix.length);
      if (!existing.has(workload)) await this.#save(workload, undefined);
      else await this.#save(workload, await this.#revise(workload, value));
    }
  }

  /** The ports of a workload's callees; chosen at the first call, the same ever after. */
  obtain(workload: string, callees: readonly string[]): Promise<CallPortTable> {
    return this.#inTurn(workload, async () => {
      const known = this.#records.get<CallPortTable>(prefix + workload) ?? {};
      const table: Record<string, number> = {};
      for (const callee of callees) table[callee] = known[callee] ?? (await this.#choose(workload, callee));
      const added = callees.some((callee) => known[callee] === undefined);
      if (added) await this.#save(workload, { ...known, ...table });
      return table;
    });
  }

  /** Forgets a workload's ports, unless it has a pod again when it is its turn. */
  forget(workload: string, hasPod: () => boolean): Promise<void> {
    return this.#inTurn(workload, async () => {
      if (hasPod()) return;
      const table = this.#records.get<CallPortTable>(prefix + workload);
      if (table === undefined) return;
      await this.#save(workload, undefined);
      for (const [callee, port] of Object.entries(table)) this.#ports.release(port, owner(workload, callee));
    });
  }

  async #revise(workload: string, table: CallPortTable): Promise<CallPortTable> {
    const revised: Record<string, number> = {};
    for (const [callee, port] of Object.entries(table)) {
      const kept = await this.#ports.claim(port, owner(workload, callee));
      revised[callee] = kept ? port : await this.#choose(workload, callee);
    }
    return revised;
  }

  #choose(workload: string, callee: string): Promise<number> {
    return this.#ports.choose(owner(workload, callee));
  }

  #save(workload: string, table: CallPortTable | undefined): Promise<void> {
    return this.#records.update<CallPortTable, void>(prefix + workload, () => ({
      value: table,
      result: undefined,
    }));
  }

  #inTurn<T>(workload: string, act: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(workload) ?? Promise.resolve();
    const turn = before.then(act, act);
    this.#busy.set(workload, turn);
    const leave = () => {
      if (this.#busy.get(workload) === turn) this.#busy.delete(workload);
    };
    turn.then(leave, leave);
    return turn;
  }
}

function owner(workload: string, callee: string): string {
  return `call ${workload} ${callee}`;
}
