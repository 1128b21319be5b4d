// Reads what a registry wants to be shown: the challenges of its WWW-Authenticate headers.

/** One way to prove who one is. */
export interface Challenge {
  /** Lower-case: `bearer`, `basic`. */
  readonly scheme: string;
  /** By lower-case name: `realm`, `service`, `scope`, `error`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A token that stands alone is a scheme, one with a value is a parameter of the scheme before it. */
const part = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?[\s,]*/gy;

/** Challenges in the order in which they are given; of a header that makes no sense what comes before that. */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] {
  const texts = header === undefined ? [] : typeof header === 'string' ? [header] : header;
  return texts.flatMap(parseHeader);
}

function parseHeader(text: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  for (const found of text.trim().matchAll(part)) {
    const [, name = '', quoted, plain] = found;
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: {} });
    else Object.assign(challenges.at(-1)?.parameters ?? {}, { [name.toLowerCase()]: value });
  }
  return challenges;
}
