// A text that two regexes both match, or that there is none: walks through both compiled programs at once.
import type { Regex } from './regex.ts';
import { Places, type Ranges } from './regex-places.ts';

/** `none` is sure; `unknown`: neither a text nor that there is none was found. */
export type CommonText = { readonly text: string } | 'none' | 'unknown';

/** Steps of one walk, each of one character. */
const mostSteps = 20_000;

const known = new WeakMap<Regex, WeakMap<Regex, CommonText>>();

/** The shortest text that both match as a whole, if there is one. Assertions such as `\b` are taken to hold. */
export function commonText(a: Regex, b: Regex): CommonText {
  const byOther = known.get(a) ?? new WeakMap<Regex, CommonText>();
  known.set(a, byOther);
  let common = byOther.get(b);
  if (common === undefined) {
    common = checked(walk(new Places(a), new Places(b)), a, b);
    byOther.set(b, common);
  }
  return common;
}

function checked(found: CommonText, a: Regex, b: Regex): CommonText {
  if (typeof found === 'string') return found;
  return a.testExact(found.text) && b.testExact(found.text) ? found : 'unknown';
}

function walk(a: Places, b: Places): CommonText {
  if (!a.areKnown || !b.areKnown) return 'unknown';
  const pairs: { readonly at: readonly [number, number]; readonly text: string }[] = [
    { at: [a.start, b.start], text: '' },
  ];
  const seen = new Set([`${a.start} ${b.start}`]);
  let steps = 0;
  for (const { at, text } of pairs) {
    const [one, other] = [a.at(at[0]), b.at(at[1])];
    if (one.isEnd && other.isEnd) return { text };
    for (const first of one.steps)
      for (const second of other.steps) {
        if (++steps > mostSteps) return 'unknown';
        const rune = seen.has(`${first.to} ${second.to}`) ? undefined : commonRune(first.runes, second.runes);
        if (rune === undefined) continue;
        seen.add(`${first.to} ${second.to}`);
        pairs.push({ at: [first.to, second.to], text: text + String.fromCodePoint(rune) });
      }
  }
  return 'none';
}

/** What is easily read, before other characters. */
const preferred = [...'xa10X-_bcdefghijklmnopqrstuvwyz23456789ABCDEFGHIJKLMNOPQRSTUVWYZ'].map(
  (each) => each.codePointAt(0) ?? 0,
);

function commonRune(a: Ranges, b: Ranges): number | undefined {
  const common: [number, number][] = [];
  for (let left = 0, right = 0; left < a.length && right < b.length;) {
    const [from, to] = a[left] ?? [0, -1];
    const [otherFrom, otherTo] = b[right] ?? [0, -1];
    if (Math.max(from, otherFrom) <= Math.min(to, otherTo))
      common.push([Math.max(from, otherFrom), Math.min(to, otherTo)]);
    if (to < otherTo) left++;
    else right++;
  }
  const easy = preferred.find((rune) => common.some(([from, to]) => from <= rune && rune <= to));
  if (easy !== undefined || common[0] === undefined) return easy;
  const [from, to] = common.find((each) => each[1] > 0x20) ?? common[0];
  return Math.min(Math.max(from, 0x21), to);
}
