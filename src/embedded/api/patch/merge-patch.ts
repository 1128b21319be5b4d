// JSON merge patch (RFC 7386).
import { isJsonObject } from '../json.ts';

/** The target with the patch applied; neither is changed. Null removes a member. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  // Built from entries, so that a member named __proto__ is a member like any other.
  const members = new Map<string, unknown>(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name);
    else members.set(name, mergePatch(members.get(name), value));
  }
  return Object.fromEntries(members);
}
