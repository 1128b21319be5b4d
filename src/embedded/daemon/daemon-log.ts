// The daemon's log: one line per message with its time, in a file that starts anew when it has become long.
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { copyFile, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { hasCode } from '../../core/file-system-error.ts';

const longestBytes = 5 * 1024 * 1024;

/** Writes log lines. */
export interface DaemonLog {
  readonly info: (message: string) => void;
  /** An error with its stack: what went wrong, and where. */
  readonly error: (error: unknown) => void;
}

/** Appends to a log file. Written at once, so that the last words of a process that ends are there. */
export function openDaemonLog(path: string): DaemonLog {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let written = 0;
  const write = (text: string) => {
    const line = `${new Date().toISOString()} ${text}\n`;
    try {
      appendFileSync(path, line, { mode: 0o600 });
      written += line.length;
      if (written <= longestBytes) return;
      written = 0;
      rotateLog(path);
    } catch {
      // A full disk must not end the cluster, and there is nowhere else to say it.
    }
  };
  return { info: write, error: (error) => write(error instanceof Error ? describe(error) : inspect(error)) };
}

/** Moves a log aside when it has become long; only by who has the cluster's claim. */
export function rotateLog(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > longestBytes) renameSync(path, `${path}.1`);
}

/**
 * Copies a log aside when it has become long, and empties it: for one that a running process appends to, which goes on
 * at its beginning. What is written between the two is lost.
 */
export async function turnOverLog(path: string): Promise<void> {
  try {
    const { size } = await stat(path);
    if (size <= longestBytes) return;
    try {
      await copyFile(path, `${path}.1`);
    } finally {
      // A disk that is full has no room for a copy, and all the more needs room.
      await truncate(path);
    }
  } catch (error) {
    // Somebody has removed it: the process writes to where nobody reads.
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/** The message of a log line, without its time. */
export function logMessage(line: string): string {
  return line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, '');
}

function describe(error: Error): string {
  const cause = error.cause === undefined ? '' : `\ncause: ${inspect(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
