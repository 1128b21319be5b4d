// Takes fields out of a kubeconfig's maps, whose values are text, lists and maps.

/** A map of the file. */
export type Entry = Readonly<Record<string, unknown>>;

/** Without the keys whose value is undefined. */
export function present<T extends object>(entry: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(entry).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

export function textOf(entry: Entry, key: string): string | undefined {
  const value = entry[key] ?? '';
  if (typeof value !== 'string') throw new Error(`${key} must be text`);
  return value === '' ? undefined : value;
}

export function listOf(entry: Entry, key: string): readonly unknown[] {
  const value = entry[key] ?? [];
  if (!Array.isArray(value)) throw new Error(`${key} must be a list`);
  return value;
}

export function mapIn(entry: Entry, key: string): Entry {
  return mapOf(entry[key] ?? {}, key);
}

export function mapOf(value: unknown, what: string): Entry {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new Error(`${what} must be a map`);
  return value as Entry;
}
