// Tells one process from another that got the same pid later, even after the machine was restarted.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, exactly: a pid is used again, but never with the same start in the same boot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the platform's own words; only compared. */
  readonly startTime: string;
  /** Which boot of the machine. */
  readonly bootId: string;
}

/** What the kernel says of a process on Linux. */
export interface ProcessEntry {
  /** One letter: `Z` is a process that ended and wasn't reaped. */
  readonly state: string;
  readonly group: number;
  readonly startTime: string;
}

let knownBootId: string | undefined;

/** Identifies this boot of the machine. */
export function bootId(): string {
  knownBootId ??=
    process.platform === 'linux'
      ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      : command('sysctl', ['-n', 'kern.boottime']);
  return knownBootId;
}

/** The identity of a running process; undefined when there is none of that pid. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime, bootId: bootId() };
}

/** That very process is still running. */
export function isAlive({ pid, startTime, bootId: boot }: ProcessIdentity): boolean {
  return boot === bootId() && startTimeOf(pid) === startTime;
}

/** There is some process of that pid. Cheap everywhere, but it may be another one than before. */
export function isPresent(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Reads /proc; undefined when there is no such process. */
export function readProcess(pid: number): ProcessEntry | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The program's name stands in brackets and may itself hold spaces and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', group: Number(fields[2]), startTime: fields[19] ?? '' };
}

function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const entry = readProcess(pid);
    return entry === undefined || entry.state === 'Z' || entry.state === 'X' ? undefined : entry.startTime;
  }
  const line = command('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
  return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
}

/** Output of a short command, empty when it fails (`ps` fails when there is no such process). */
function command(program: string, args: string[]): string {
  try {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env }).trim();
  } catch {
    return '';
  }
}
