// Tells whether the process that noted itself somewhere has ended, from others of the same pid and those that can't be seen from here.
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod';
import { hasCode } from '../core/file-system-error.ts';

const ownerText = z.object({
  pid: z.number().int().positive(),
  /** When it started, in the platform's own words; only compared. */
  start: z.string(),
  /** Within which pids are what they say: a machine, or a container of it. */
  space: z.string(),
});

/** A process, exactly. */
export type Owner = z.infer<typeof ownerText>;

/** This process. */
export function ownProcess(): Owner {
  return { pid: process.pid, start: startOf(process.pid), space: pidSpace() };
}

/** Whether the process that `text` is about has surely ended; false where that can't be known. */
export function hasEnded(text: string): boolean {
  const owner = ownerOf(text);
  if (owner === undefined || owner.space !== pidSpace()) return false;
  if (!isPresent(owner.pid)) return true;
  const start = startOf(owner.pid);
  return start !== '' && owner.start !== '' && start !== owner.start;
}

function ownerOf(text: string): Owner | undefined {
  try {
    return ownerText.safeParse(JSON.parse(text)).data;
  } catch {
    // Its process was killed while it wrote that, or it is no owner's file.
    return undefined;
  }
}

function isPresent(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

/** Empty where the system doesn't tell. */
function startOf(pid: number): string {
  try {
    if (process.platform === 'linux') {
      const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The program's name stands in brackets and may itself hold spaces and brackets.
      return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    }
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env }).trim();
  } catch {
    return '';
  }
}

function pidSpace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
