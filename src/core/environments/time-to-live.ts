// How long a virtual environment lives: the words for it, when it ends, and what is left of it.
import { FoxError } from '../errors.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const shortest = minute;
const longest = 3650 * day;

const pattern = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$/;

/** What is wrong with a time to live, as a sentence fragment (`is no time to live: …`); undefined: nothing. */
export function timeToLiveProblem(text: string): string | undefined {
  const milliseconds = millisecondsOf(text);
  if (milliseconds === undefined) return 'is no time to live: write days, hours and minutes: 72h, 7d, 1h30m';
  if (milliseconds < shortest) return 'is too short a time to live: at least 1m';
  if (milliseconds > longest) return 'is too long a time to live: at most 3650d (10 years)';
  return undefined;
}

/**
 * The length of a time to live in ms: `72h`, `30m`, `7d`, `1h30m`; at least a minute, at most ten years.
 * @throws FoxError USAGE if it isn't one.
 */
export function parseTimeToLive(text: string): number {
  const problem = timeToLiveProblem(text);
  const milliseconds = millisecondsOf(text);
  if (problem === undefined && milliseconds !== undefined) return milliseconds;
  throw new FoxError('USAGE', `${JSON.stringify(text)} ${problem}`);
}

/**
 * When what lives so long from `now` (ms since 1970) on ends: RFC 3339 in UTC, whole seconds, never too early.
 * @throws FoxError USAGE as {@link parseTimeToLive}.
 */
export function expiryOf(text: string, now: number): string {
  const seconds = Math.ceil((now + parseTimeToLive(text)) / 1000);
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** Milliseconds until something ends, negative after that; undefined: it never ends, or nobody can read when. */
export function timeLeft(expiresAt: string | undefined, now: number): number | undefined {
  if (expiresAt === undefined) return undefined;
  const left = Date.parse(expiresAt) - now;
  return Number.isNaN(left) ? undefined : left;
}

/** Whether its time is over. What never ends, or when nobody can read, isn't. */
export function isExpired({ expiresAt }: { readonly expiresAt?: string }, now: number): boolean {
  const left = timeLeft(expiresAt, now);
  return left !== undefined && left <= 0;
}

/** What is left, for people, in its two largest units: `2d 23h left`, `5m left`, `less than 1m left`, `expired 3h ago`. */
export function timeLeftText(milliseconds: number): string {
  const length = spanText(Math.abs(milliseconds));
  return milliseconds > 0 ? `${length} left` : `expired ${length} ago`;
}

function spanText(milliseconds: number): string {
  const parts = [
    [Math.floor(milliseconds / day), 'd'],
    [Math.floor((milliseconds % day) / hour), 'h'],
    [Math.floor((milliseconds % hour) / minute), 'm'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return 'less than 1m';
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count}${unit}`).join(' ');
}

/** Undefined if it isn't one at all. */
function millisecondsOf(text: string): number | undefined {
  const found = pattern.exec(text);
  if (found === null || text === '') return undefined;
  const [days = 0, hours = 0, minutes = 0] = found.slice(1).map((count) => Number(count ?? 0));
  return days * day + hours * hour + minutes * minute;
}
