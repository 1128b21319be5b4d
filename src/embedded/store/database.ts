// One LMDB file of JSON values by string key: opened privately, written in cross-process transactions, flushed in groups.
import { chmodSync, mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase, TransactionFlags } from 'lmdb';
import { FoxError } from '../../core/errors.ts';
import { checkFile, hasContent } from './check-file.ts';
import { outOfStorage } from './status-error.ts';

const { errno } = constants;

/** What the file's keys mean; a file of another format is refused. In the first one Secrets were stored open. */
const format = 2;
const firstFormat = 1;
const formatKey = 'format';
const fileName = 'objects.mdb';

/** Address space for the file, grown by LMDB when it must; the file itself is as big as what it holds. */
const mapSize = 2 ** 30;

/** A transaction that is on the disk when the call returns. */
const flushed = TransactionFlags.ABORTABLE | TransactionFlags.SYNCHRONOUS_COMMIT;
/**
 * One that is committed then, and flushed to the disk by `sync`: only for what one process writes. Where several do, LMDB
 * lets one begin, now and then, from before the latest such commit of another one, which is lost then.
 */
const unflushed = flushed | TransactionFlags.NO_SYNC_FLUSH;

/** The part of lmdb that its types leave out: flushes all commits to the disk, off the event loop. */
interface Flushable {
  sync(done: (error?: Error) => void): void;
}

/** Reads and writes inside one transaction. */
export interface Transaction {
  readonly get: (key: string) => unknown;
  readonly put: (key: string, value: unknown) => void;
  readonly remove: (key: string) => void;
}

/** The database of one directory. */
export class Database {
  #root: RootDatabase<unknown, string> | undefined;
  readonly #readOnly: boolean;
  #closed = false;
  #flushing: Promise<void> | undefined;
  #nextFlush: Promise<void> | undefined;

  /**
   * Opens, and unless `readOnly` makes, the database of a directory. A read-only one that doesn't exist yet is empty.
   * @throws FoxError FILE_SYSTEM when it can't be opened.
   */
  constructor(directory: string, readOnly: boolean) {
    const path = join(directory, fileName);
    this.#readOnly = readOnly;
    try {
      if (readOnly && !hasContent(path)) return;
      if (!readOnly) mkdirSync(directory, { recursive: true, mode: 0o700 });
      if (!readOnly) chmodSync(directory, 0o700);
      checkFile(path, readOnly);
      this.#root = open<unknown, string>({
        path,
        noSubdir: true,
        encoding: 'json',
        readOnly,
        mapSize,
        maxDbs: 1,
      });
      if (!readOnly) makePrivate(path);
      this.#checkFormat();
    } catch (error) {
      throw openError(path, error);
    }
  }

  get(key: string): unknown {
    return this.#open()?.get(key);
  }

  /** Entries whose keys start with `prefix`, in order of their keys. */
  entries(prefix: string): { key: string; value: unknown }[] {
    const root = this.#open();
    return root === undefined ? [] : [...root.getRange({ start: prefix, end: `${prefix}\u{10ffff}` })];
  }

  /**
   * Runs `work` while no other process or transaction writes. What it throws undoes it. LMDB may give a transaction up by
   * itself; then `work` runs again.
   * Afterwards it survives the death of any process; {@link flushed} says when also the machine's.
   * @param isShared other processes write the same keys; it survives the machine's death at once then.
   * @throws StatusError 507 when the disk is full; nothing is written then.
   */
  transact<T>(work: (transaction: Transaction) => T, isShared = false): T {
    const root = this.#open();
    if (root === undefined) throw new Error('a database that is open for reading only has no transactions');
    const transaction: Transaction = {
      get: (key) => root.get(key),
      put: (key, value) => root.putSync(key, value),
      remove: (key) => void root.removeSync(key),
    };
    for (let tries = 1; ; tries++) {
      try {
        // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- flags are summed
        return root.transactionSync(() => work(transaction), isShared ? flushed : unflushed);
      } catch (error) {
        if (isSpoilt(error) && tries < maxTries) continue;
        throw isFull(error) ? outOfStorage(error) : error;
      }
    }
  }

  /** Resolves when all that is committed now is on the disk. Callers share flushes. */
  async flushed(): Promise<void> {
    // A flush that has begun may have missed the latest commit: wait for the one after it.
    if (this.#flushing === undefined) return this.#flush();
    this.#nextFlush ??= this.#flushing.then(
      () => this.#flush(),
      () => this.#flush(),
    );
    return this.#nextFlush;
  }

  async close(): Promise<void> {
    const root = this.#root;
    if (this.#closed || root === undefined) return;
    this.#closed = true;
    try {
      if (!this.#readOnly) await this.flushed();
    } finally {
      await root.close();
    }
  }

  #flush(): Promise<void> {
    const root: unknown = this.#root;
    this.#nextFlush = undefined;
    this.#flushing = new Promise<void>((resolve, reject) => {
      (root as Flushable).sync((error) =>
        error === undefined ? resolve() : reject(isFull(error) ? outOfStorage(error) : error),
      );
    }).finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  #open(): RootDatabase<unknown, string> | undefined {
    if (this.#closed) throw new Error('the store is closed');
    // LMDB keeps showing the moment of the first read of a turn of the loop; who looks beside a writer wants the latest.
    if (this.#readOnly) this.#root?.resetReadTxn();
    return this.#root;
  }

  #checkFormat(): void {
    const found = this.get(formatKey);
    const isKnown = found === undefined || found === firstFormat || found === format;
    if (isKnown && found !== format && !this.#readOnly) this.transact(({ put }) => put(formatKey, format));
    if (isKnown) return;
    throw new FoxError(
      'FILE_SYSTEM',
      `the embedded cluster's data has format ${JSON.stringify(found)}, this fox reads ${format}`,
      {
        hints: ['Use the version of fox that wrote it.'],
      },
    );
  }
}

/** LMDB makes its files with the process's umask. */
function makePrivate(path: string): void {
  chmodSync(path, 0o600);
  chmodSync(`${path}-lock`, 0o600);
}

/** LMDB answers a write that was cut short with EIO: most often the disk is full. */
const fullCodes = new Set<unknown>([errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO]);

/**
 * Where several processes write by turns, LMDB now and then meets a page of another one's transaction as not yet written
 * (`mdb_page_touch no parent`), and gives its own up: nothing of it has happened.
 */
function isSpoilt(error: unknown): boolean {
  return error instanceof Error && /MDB_BAD_TXN|MDB_PROBLEM/.test(error.message);
}

/** How often a transaction is begun. */
const maxTries = 10;

function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && fullCodes.has(error.code)) || error.message.includes('MDB_MAP_FULL');
}

function openError(path: string, cause: unknown): unknown {
  if (cause instanceof FoxError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FoxError('FILE_SYSTEM', `can't open the embedded cluster's data ${path}: ${why}`, { cause });
}
