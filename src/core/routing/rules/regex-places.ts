// The compiled program of a regex as places with steps between them: which characters lead where.
import type { Regex } from './regex.ts';

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
export type Ranges = readonly (readonly [number, number])[];

/** What comes next at a place of a program. */
interface Place {
  readonly steps: readonly { readonly runes: Ranges; readonly to: number }[];
  readonly isEnd: boolean;
}

/** The places of a program; each is looked at once. */
export class Places {
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
