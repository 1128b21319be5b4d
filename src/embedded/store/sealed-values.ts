// What of a store is sealed: all Secrets, whole; everything else is stored as it is.
import { FoxError } from '../../core/errors.ts';
import type { Database } from './database.ts';
import { isSealed, seal, unseal } from './seal.ts';
import { ensureSealKey, readSealKey, sealKeyPath } from './seal-key.ts';

const sealedPrefix = 'object/secrets/';

/** Seals and opens the values of one store by their keys in it. */
export class SealedValues {
  readonly #directory: string;
  #key: Uint8Array | undefined;

  private constructor(directory: string, key: Uint8Array | undefined) {
    this.#directory = directory;
    this.#key = key;
  }

  /**
   * For the database of a directory. Who may write seals what an earlier fox has left open, and makes the key; a new one
   * never stands beside values that another one has sealed.
   */
  static of(database: Database, directory: string, readOnly: boolean): SealedValues {
    if (readOnly) return new SealedValues(directory, undefined);
    const values = database.entries(sealedPrefix);
    const mayMake = !values.some(({ value }) => isSealed(value));
    const sealed = new SealedValues(directory, mayMake ? ensureSealKey(directory) : undefined);
    const open = values.filter(({ value }) => !isSealed(value));
    if (open.length > 0) {
      database.transact(({ get, put }) => {
        for (const { key } of open) {
          const value = get(key);
          if (value !== undefined && !isSealed(value)) put(key, sealed.encode(key, value));
        }
      });
    }
    return sealed;
  }

  /** A value as it is stored. */
  encode(place: string, value: unknown): unknown {
    return place.startsWith(sealedPrefix) ? seal(this.#keyOf(), place, value) : value;
  }

  /** A value that was stored. @throws FoxError FILE_SYSTEM if it can't be opened. */
  decode(place: string, value: unknown): unknown {
    return isSealed(value) && place.startsWith(sealedPrefix) ? unseal(this.#keyOf(), place, value) : value;
  }

  #keyOf(): Uint8Array {
    this.#key ??= readSealKey(this.#directory);
    if (this.#key !== undefined) return this.#key;
    const path = sealKeyPath(this.#directory);
    throw new FoxError('FILE_SYSTEM', `the key of the embedded cluster's Secrets, ${path}, is gone`, {
      hints: [
        'Restore it from a backup of its directory.',
        'Without one, `fox cluster stop` and deleting .fox/cluster begin anew: its versions have to be deployed again.',
      ],
    });
  }
}
