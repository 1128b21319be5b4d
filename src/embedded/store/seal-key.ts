// The file with the key of sealed Secrets: made once, whole or not at all, readable by its user alone.
import { randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { FoxError } from '../../core/errors.ts';
import { fileSystemError, hasCode } from '../../core/file-system-error.ts';
import { sealKeyBytes } from './seal.ts';

/** Where the key of a store's Secrets is. */
export function sealKeyPath(directory: string): string {
  return join(directory, 'secrets.key');
}

/** The key of a store's Secrets; undefined if there is none. @throws FoxError FILE_SYSTEM if it can't be read, or is damaged. */
export function readSealKey(directory: string): Uint8Array | undefined {
  const path = sealKeyPath(directory);
  let key;
  try {
    key = readFileSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw fileSystemError(error, "read the key of the embedded cluster's Secrets", path);
  }
  if (key.length === sealKeyBytes) return key;
  throw new FoxError('FILE_SYSTEM', `the key of the embedded cluster's Secrets, ${path}, is damaged`, {
    hints: ['Restore it from a backup of its directory.'],
  });
}

/**
 * The key of a store's Secrets, made if there is none; it is on the disk before anything is sealed with it.
 * @throws FoxError FILE_SYSTEM.
 */
export function ensureSealKey(directory: string): Uint8Array {
  const path = sealKeyPath(directory);
  try {
    const existing = readSealKey(directory);
    if (existing === undefined) return makeKey(path);
    chmodSync(path, 0o600);
    return existing;
  } catch (error) {
    throw fileSystemError(error, "make the key of the embedded cluster's Secrets", path);
  }
}

function makeKey(path: string): Uint8Array {
  const key = randomBytes(sealKeyBytes);
  const scratch = `${path}.${randomUUID()}.tmp`;
  try {
    inFile(openSync(scratch, 'wx', 0o600), (file) => writeSync(file, key));
    linkSync(scratch, path);
    inFile(openSync(dirname(path), 'r'), () => undefined);
    return key;
  } catch (error) {
    // Somebody else was faster: theirs counts.
    const theirs = hasCode(error, 'EEXIST') ? readSealKey(dirname(path)) : undefined;
    if (theirs === undefined) throw error;
    return theirs;
  } finally {
    rmSync(scratch, { force: true });
  }
}

/** Works on an open file or directory, has it reach the disk, and closes it. */
function inFile(file: number, work: (file: number) => unknown): void {
  try {
    work(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
