// Strategic merge patches without what is only meant for merging.
import { isJsonObject } from '../json.ts';

/** What is new, without directives and nulls. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isDirective(item)).map(plain);
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).filter(
    ([name, member]) => member !== null && !isDirective(member) && !name.startsWith('$'),
  );
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]));
}

function isDirective(value: unknown): boolean {
  return isJsonObject(value) && Object.hasOwn(value, '$patch');
}
