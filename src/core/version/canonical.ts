// Canonical JSON and its sha256: what has the same content has the same hash, whatever the order of its keys.
import { createHash } from 'node:crypto';

/** What canonical JSON can hold. `undefined` members are left out. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** JSON with sorted keys and no white space. Numbers must be finite. */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new RangeError(`not a JSON number: ${value}`);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).toSorted()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

/**
 * sha256 (64 hex digits) over a canonical document. `what` says what is hashed, so that documents
 * of different kinds never share a hash.
 */
export function contentHash(what: string, document: Json): string {
  return createHash('sha256').update(`${what}\0`).update(canonicalJson(document)).digest('hex');
}

/** Documents longer than this are rare; and no more than so many of one owner are of use. */
const kept = { length: 4_096, documents: 1_000 } as const;

const hashesByOwner = new WeakMap<object, Map<string, string>>();

/**
 * {@link contentHash} for what is hashed again and again, as hundreds of environments say mostly the same of a component:
 * it keeps what it has hashed for `owner` as long as that lives. Where it has hashed a null, it takes NaN for the same.
 */
export function keptContentHash(owner: object): typeof contentHash {
  const hashes = hashesByOwner.get(owner) ?? new Map<string, string>();
  hashesByOwner.set(owner, hashes);
  return (what, document) => {
    // Not canonical, which takes longer: the same with its keys in another order is hashed once more.
    const text = `${what}\0${JSON.stringify(document)}`;
    const known = hashes.get(text);
    if (known !== undefined) return known;
    const hash = contentHash(what, document);
    if (hashes.size >= kept.documents) hashes.clear();
    if (text.length <= kept.length) hashes.set(text, hash);
    return hash;
  };
}

/** Array.isArray narrows readonly arrays to any[]; this one keeps the element type. */
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
