// Finds out beforehand whether LMDB can open a file: where it can't, it ends the process instead of saying so.
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** What the first page of every LMDB file has after its header: http://www.lmdb.tech/doc (MDB_MAGIC). */
const magic = 0xbe_ef_c0_de;
const magicOffset = 24;
/** More than LMDB needs to make its files. */
const roomBytes = 256 * 1024;

/** Whether a database is there; one that was only begun isn't. */
export function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Checks rights, room and the file's first page. @throws Error that says what is wrong. */
export function checkFile(path: string, readOnly: boolean): void {
  // Readers write, too: into the table of readers, in the lock file.
  accessSync(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK);
  for (const file of [path, `${path}-lock`]) {
    const exists = statSync(file, { throwIfNoEntry: false }) !== undefined;
    if (exists) accessSync(file, constants.R_OK | (readOnly && file === path ? 0 : constants.W_OK));
  }
  if (hasContent(path)) checkMagic(path);
  else checkRoom(path);
}

function checkMagic(path: string): void {
  const page = Buffer.alloc(magicOffset + 4);
  const file = openSync(path, 'r');
  try {
    readSync(file, page, 0, page.length, 0);
  } finally {
    closeSync(file);
  }
  // Little-endian on every machine that Node runs on, except one that has no binary of lmdb.
  if (page.readUInt32LE(magicOffset) !== magic) throw new Error('it is damaged, or no database');
}

function checkRoom(path: string): void {
  const scratch = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(scratch, Buffer.alloc(roomBytes), { mode: 0o600 });
  } finally {
    rmSync(scratch, { force: true });
  }
}
