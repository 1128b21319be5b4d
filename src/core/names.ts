// The rules for names of apps, components, modules, virtual environments and versions.
import { createHash } from 'node:crypto';

/** Longest name of anything that a user names. */
export const maxNameLength = 40;

const labelPattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const versionPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Why `name` can't name an app, component, module or virtual environment; undefined if it can. */
export function nameProblem(name: string): string | undefined {
  return problem(
    name,
    labelPattern,
    'lower-case letters, digits and "-", starting with a letter, ending with a letter or digit',
  );
}

/** Why `name` can't name a version; undefined if it can. Versions may start with a digit and contain dots (`1.2.0`). */
export function versionNameProblem(name: string): string | undefined {
  return problem(
    name,
    versionPattern,
    'lower-case letters, digits, "-" and ".", starting and ending with a letter or digit',
  );
}

function problem(name: string, pattern: RegExp, rule: string): string | undefined {
  if (name.length > maxNameLength)
    return `is ${name.length} characters long; names have at most ${maxNameLength}`;
  // Every object has these properties, so a map by name would find them without anybody having put them there.
  if (name in Object.prototype) return 'is reserved';
  return pattern.test(name) ? undefined : `must consist of ${rule}`;
}

/**
 * The version name for a branch or tag: itself where it is a DNS label, else its slug and 6 hex digits of the
 * raw name, so that `feature/x` and `feature-x` stay apart.
 */
export function versionNameOf(raw: string): string {
  if (versionNameProblem(raw) === undefined) return raw;
  const digest = createHash('sha256').update(raw).digest('hex').slice(0, 6);
  const slug = raw
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, maxNameLength - 7)
    .replace(/-+$/, '');
  return slug === '' ? `x-${digest}` : `${slug}-${digest}`;
}

/** Why a name isn't one that a variable can have, as a sentence without its subject; undefined if it is one. */
export function variableNameProblem(name: string): string | undefined {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !(name in Object.prototype)) return undefined;
  return 'is not a name that an environment variable can have: letters, digits and "_", not starting with a digit';
}

/** The name of a version of an app as one word, as in `kf-dep=order-app-v1`. */
export function deploymentName(app: string, version: string): string {
  return `${app}-${version}`;
}

/** The candidate that `name` was most likely meant to be, if one is close enough. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const tolerated = Math.min(Math.max(1, Math.floor(name.length / 3)), name.length - 1);
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > tolerated) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  return best !== undefined && best.distance <= tolerated ? best.candidate : undefined;
}

/** Number of letters to insert, delete, change or swap with their neighbour to get from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 0; row < a.length; row++) {
    const current = [row + 1];
    for (let column = 0; column < b.length; column++) {
      const swaps = row > 0 && column > 0 && a[row] === b[column - 1] && a[row - 1] === b[column];
      current.push(
        Math.min(
          (last[column] ?? 0) + (a[row] === b[column] ? 0 : 1),
          (last[column + 1] ?? 0) + 1,
          (current[column] ?? 0) + 1,
          swaps ? (beforeLast[column - 1] ?? 0) + 1 : Infinity,
        ),
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length] ?? 0;
}
