// Private durable records of the embedded cluster (claims, ports, processes), changed in cross-process transactions.
import type { Database } from './database.ts';
import type { RecordTable } from './object-store.ts';
import { stopped } from './status-error.ts';

/** The records of a database. */
export class Records implements RecordTable {
  readonly #database: Database;
  readonly #readOnly: boolean;

  constructor(database: Database, readOnly: boolean) {
    this.#database = database;
    this.#readOnly = readOnly;
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the interface's
  get<T>(key: string): T | undefined {
    return this.#database.get(recordKey(key)) as T | undefined;
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the interface's
  entries<T>(prefix: string): { key: string; value: T }[] {
    const skipped = recordKey('').length;
    return this.#database
      .entries(recordKey(prefix))
      .map(({ key, value }) => ({ key: key.slice(skipped), value: value as T }));
  }

  async update<T, R>(
    key: string,
    change: (value: T | undefined) => { value: T | undefined; result: R },
  ): Promise<R> {
    if (this.#readOnly) throw stopped();
    return this.#database.transact((transaction) => {
      const outcome = change(transaction.get(recordKey(key)) as T | undefined);
      if (outcome.value === undefined) transaction.remove(recordKey(key));
      else transaction.put(recordKey(key), outcome.value);
      return outcome.result;
    }, true);
  }
}

function recordKey(key: string): string {
  return `record/${key}`;
}
