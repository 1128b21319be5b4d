// The path of a request: which ones are refused, and its segments as rules compare them.

/** A dot segment (`.`, `..`), with the disguises in which a component may still take it for one; a backslash; a fragment. */
const unsafe = /[\\#]|(?:^|\/|%2f|%5c)(?:\.|%2e){1,2}(?:(?:;|%3b)[^/]*)?(?:$|\/|%2f|%5c)/i;

/**
 * Whether rules can be applied to a path. Paths with dot segments, plain or percent-encoded, with backslashes or `#` are not:
 * what the router matches must be what the component sees, and components that resolve these would see another path.
 * Clients resolve dot segments themselves (RFC 3986, 5.2.4) and keep fragments.
 */
export function isSafePath(path: string): boolean {
  return !unsafe.test(path);
}

/**
 * Percent-decoded segments of a path that starts with `/`: `/a//b%2Fc/` is `a`, ``, `b/c`, ``. An empty segment is a segment,
 * an encoded slash separates nothing, and what isn't valid percent-encoded UTF-8 stays as it is.
 */
export function pathSegments(path: string): string[] {
  const segments = path.slice(1).split('/');
  return path.includes('%') ? segments.map(decodeSegment) : segments;
}

/** One segment, percent-decoded where it can be. */
export function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
