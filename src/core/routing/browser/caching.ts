// What caches may do with a response that was chosen by more than its URL: a shared one must never hand it to somebody else.

/** Directives for shared caches, which would make them keep it. */
const shared = /^(?:public|s-maxage(?:\s*=.*)?|private\s*=.*)$/i;

/** Headers that speak to caches in front of a site, past `Cache-Control` (RFC 9213; nginx's and Akamai's own). */
const targeted = /^(?:surrogate-control|x-accel-expires|edge-control|(?:[a-z0-9-]+-)?cdn-cache-control)$/i;

/**
 * Headers (name, value, …) of a response that only its own client's cache may keep, and that this one tells apart by these
 * headers of the request. How long it may do so is up to the component.
 */
export function keptPrivately(headers: readonly string[], by: readonly string[]): string[] {
  const rest: string[] = [];
  const directives: string[] = [];
  const vary: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'cache-control') directives.push(...directivesOf(value));
    else if (!targeted.test(lower)) {
      rest.push(name, value);
      if (lower === 'vary') vary.push(...value.split(',').map((each) => each.trim().toLowerCase()));
    }
  }
  const kept = directives.filter((each) => !shared.test(each));
  const isPrivate = kept.some((each) => /^(?:private|no-store)$/i.test(each));
  rest.push('cache-control', [...kept, ...(isPrivate ? [] : ['private'])].join(', '));
  const missing = vary.includes('*') ? [] : by.filter((name) => !vary.includes(name.toLowerCase()));
  if (missing.length > 0) rest.push('vary', missing.join(', '));
  return rest;
}

/** Commas within quotes part nothing. */
function directivesOf(value: string): string[] {
  const found = value.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  return found.map((each) => each.trim()).filter((each) => each !== '');
}
