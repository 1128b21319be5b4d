// The addresses that a virtual environment can have: host names and a sub-path, by which plain requests belong to it.

/** Longest name of a host, and longest part of one between dots (RFC 1123). */
const hostLengths = { whole: 253, label: 63 } as const;

const hostLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

const longestSubPath = 63;

/** What is wrong with the name of a host, as a sentence fragment; undefined: nothing. Requests' ports don't matter. */
export function hostProblem(host: string): string | undefined {
  if (host === '') return 'is no host name: it is empty';
  if (host.includes('://') || host.includes('/')) return 'is no host name: leave out the scheme and the path';
  if (/:\d*$/.test(host)) return 'must be a host name without a port: it is reached by every port';
  if (host.includes('*')) return "can't have a wildcard: name each host";
  const lower = host.toLowerCase();
  if (lower !== host) return hostProblem(lower) ?? `must be in lower case: ${lower}`;
  if (host.endsWith('.')) return 'must not end with a dot';
  if (host.length > hostLengths.whole)
    return `has ${host.length} characters; a host name has at most ${hostLengths.whole}`;
  const labels = host.split('.');
  if (labels.some(({ length }) => length > hostLengths.label))
    return `has a part of more than ${hostLengths.label} characters`;
  if (labels.every((part) => hostLabel.test(part))) return undefined;
  return 'is no host name: letters, digits, "-" and "." (a name in another script is written as xn--…)';
}

/** What is wrong with a sub-path, as a sentence fragment; undefined: nothing. It is one segment, without slashes. */
export function subPathProblem(subPath: string): string | undefined {
  if (subPath.includes('/')) return 'must be one segment of a path, without "/": team-a';
  if (subPath.length > longestSubPath)
    return `has ${subPath.length} characters; a sub-path has at most ${longestSubPath}`;
  if (/^[A-Za-z0-9][-A-Za-z0-9._~]*$/.test(subPath)) return undefined;
  return 'must consist of letters, digits, "-", ".", "_" and "~", starting with a letter or digit';
}
