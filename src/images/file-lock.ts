// A lock between processes: a file that exists while somebody holds it, taken over from holders that have died.
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { FoxError } from '../core/errors.ts';
import { fileSystemError, hasCode } from '../core/file-system-error.ts';

/** The lock, while it is held. */
export interface HeldLock {
  /**
   * Call it right before each step that can't be taken back: a process that was stopped for long may have lost the lock.
   * @throws FoxError CONFLICT if so.
   */
  readonly check: () => Promise<void>;
}

/** A holder that can't be seen from here (another host or container) is taken for dead after this. Milliseconds. */
const abandonedAfterMs = 60_000;

/** A lock file that still doesn't say whose it is after this was left by one that died. Milliseconds. */
const writtenAfterMs = 5000;

/**
 * Does `work` while holding the lock `path`. It is meant for work of milliseconds.
 * @throws FoxError CONFLICT if it isn't free within `waitMs`, FILE_SYSTEM if it can't be written.
 */
export async function withLock<T>(
  path: string,
  work: (lock: HeldLock) => Promise<T>,
  waitMs = 30_000,
): Promise<T> {
  const token = randomUUID();
  await acquire(path, token, Date.now() + waitMs);
  const isHeld = async () => (await readHolder(path))?.token === token;
  try {
    return await work({
      check: async () => {
        if (!(await isHeld())) throw busy(path, 'another process has taken it over');
      },
    });
  } finally {
    if (await isHeld()) await rm(path, { force: true });
  }
}

/** Who holds the lock, as its file says; nothing while that is being written. */
const holderText = z.object({ token: z.string(), pid: z.number(), host: z.string() }).partial();

interface Holder extends z.infer<typeof holderText> {
  /** Milliseconds since 1970. */
  readonly since: number;
}

async function acquire(path: string, token: string, deadline: number): Promise<void> {
  const content = JSON.stringify({ token, pid: process.pid, host: hostname() });
  for (;;) {
    if (await create(path, content)) return;
    const holder = await readHolder(path);
    if (holder === undefined) continue;
    if (isDead(holder)) await takeAway(path, holder);
    else if (Date.now() > deadline)
      throw busy(path, `process ${holder.pid ?? '?'} on ${holder.host ?? '?'} holds it`);
    else await delay(5 + Math.random() * 20);
  }
}

async function create(path: string, content: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw fileSystemError(error, 'lock', path);
  }
  try {
    await file.writeFile(content);
    return true;
  } catch (error) {
    // A full disk must not leave a lock that nobody holds.
    await rm(path, { force: true });
    throw fileSystemError(error, 'lock', path);
  } finally {
    await file.close();
  }
}

function isDead({ token, pid, host, since }: Holder): boolean {
  if (Date.now() - since > (token === undefined ? writtenAfterMs : abandonedAfterMs)) return true;
  if (pid === undefined || host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return hasCode(error, 'ESRCH');
  }
}

/**
 * Removes a dead holder's lock, but not the one that somebody faster has taken since: only who holds a second file may
 * look again and remove it.
 */
async function takeAway(path: string, dead: Holder): Promise<void> {
  const guard = `${path}.takeover`;
  if (!(await create(guard, ''))) return waitForTakeover(guard);
  try {
    const now = await readHolder(path);
    if (now !== undefined && now.token === dead.token && isDead(now)) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** Somebody else is taking the lock over, which takes a moment; or has died at it. */
async function waitForTakeover(guard: string): Promise<void> {
  const holder = await readHolder(guard);
  if (holder !== undefined && Date.now() - holder.since > writtenAfterMs) await rm(guard, { force: true });
  else await delay(5);
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const [{ mtimeMs }, text] = await Promise.all([stat(path), readFile(path, 'utf8')]);
    return { ...parseHolder(text), since: mtimeMs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw fileSystemError(error, 'read the lock', path);
  }
}

function parseHolder(text: string): z.infer<typeof holderText> {
  try {
    return holderText.parse(JSON.parse(text));
  } catch {
    // Its holder has made the file and not yet written it, or died in between: then its age tells.
    return {};
  }
}

function busy(path: string, why: string): FoxError {
  return new FoxError('CONFLICT', `can't keep the lock ${path}: ${why}`, {
    hints: ['Run the command again.', `If no other fox is at work, remove ${path}.`],
  });
}
