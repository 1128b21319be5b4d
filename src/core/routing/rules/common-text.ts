// A text that two regexes both match, or that there is none: walks through both compiled programs at once.
import type { Regex } from './regex.ts';

/** `none` is sure; `unknown`: neither a text nor that there is none was found. */
export type CommonText = { readonly text: string } | 'none' | 'unknown';

/** Steps of one walk, each of one character. */
const mostSteps = 20_000;

/** Operations of RE2's instructions. */
const operation = {
  either: 1,
  eitherMatch: 2,
  capture: 3,
  emptyWidth: 4,
  fail: 5,
  match: 6,
  nothing: 7,
  runes: 8,
  rune: 9,
  anyRune: 10,
  anyRuneNotNewline: 11,
} as const;

const lastRune = 0x10_ff_ff;

/** An instruction as re2js compiles them. */
interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: ArrayLike<number>;
  matchRune(rune: number): boolean;
}

interface Program {
  readonly inst: readonly Instruction[];
  readonly start: number;
}

/** First and last of characters, in their order. */
type Ranges = readonly (readonly [number, number])[];

/** What comes next at a place of a program. */
interface Place {
  readonly steps: readonly { readonly runes: Ranges; readonly to: number }[];
  readonly isEnd: boolean;
}

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

/** The places of a program; each is looked at once. */
class Places {
  readonly #program: Program;
  readonly #places = new Map<number, Place>();

  constructor(regex: Regex) {
    this.#program = regex.re2().prog as Program;
  }

  get start(): number {
    return this.#program.start;
  }

  /** Whether it consists of nothing but what is understood here. */
  get areKnown(): boolean {
    return this.#program.inst.every(({ op }) => op >= operation.either && op <= operation.anyRuneNotNewline);
  }

  at(start: number): Place {
    let place = this.#places.get(start);
    if (place === undefined) this.#places.set(start, (place = this.#look(start)));
    return place;
  }

  #look(start: number): Place {
    const steps: { runes: Ranges; to: number }[] = [];
    let isEnd = false;
    const reached = new Set([start]);
    for (const at of reached) {
      const instruction = this.#program.inst[at];
      if (instruction === undefined || instruction.op === operation.fail) continue;
      const { op, out, arg } = instruction;
      if (op === operation.match) isEnd = true;
      else if (op >= operation.runes) steps.push({ runes: rangesOf(instruction), to: out });
      else {
        reached.add(out);
        if (op === operation.either || op === operation.eitherMatch) reached.add(arg);
      }
    }
    return { steps, isEnd };
  }
}

function rangesOf(instruction: Instruction): Ranges {
  const { op, runes } = instruction;
  if (op === operation.anyRune) return [[0, lastRune]];
  if (op === operation.anyRuneNotNewline)
    return [
      [0, 9],
      [11, lastRune],
    ];
  if (runes.length === 1) return op === operation.rune ? single(runes[0] ?? 0) : foldsOf(instruction);
  return Array.from({ length: runes.length >> 1 }, (_, index) => [
    runes[index * 2] ?? 0,
    runes[index * 2 + 1] ?? -1,
  ]);
}

function single(rune: number): Ranges {
  return [[rune, rune]];
}

/** Characters that a case-insensitive instruction for one matches; those that have a case end before this. */
const lastWithCase = 0x1_ef_ff;

const folds = new Map<number, Ranges>();

function foldsOf(instruction: Instruction): Ranges {
  const rune = instruction.runes[0] ?? 0;
  const key = instruction.arg * (lastRune + 1) + rune;
  let found = folds.get(key);
  if (found === undefined) {
    found = rune > lastWithCase ? single(rune) : matchedBy(instruction);
    if (folds.size >= 1_000) folds.clear();
    folds.set(key, found);
  }
  return found;
}

function matchedBy(instruction: Instruction): Ranges {
  const found: [number, number][] = [];
  for (let rune = 0; rune <= lastWithCase; rune++) if (instruction.matchRune(rune)) found.push([rune, rune]);
  return found;
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
