// Texts that a regex may match, to show an example of a request: found by reading it roughly, and then by trying.

/** What stands for the classes that are written shortly. */
const classes: Readonly<Record<string, string>> = {
  d: '1',
  w: 'a',
  s: ' ',
  D: 'a',
  W: '-',
  S: 'a',
  b: '',
  B: '',
  A: '',
  z: '',
};

/** More repetitions than this aren't spelt out. */
const mostRepetitions = 100;

/** A few texts of which some may be matched. */
export function sampleTexts(source: string): string[] {
  const reader = new SampleReader(source);
  return [...new Set([reader.read(0), new SampleReader(source).read(1), 'x', 'a', '1', '10', 'A', 'aa', ''])];
}

/** Reads the first (or last) alternative of everything, repeated as often as it must be. */
class SampleReader {
  readonly #characters: readonly string[];
  #next = 0;

  constructor(source: string) {
    this.#characters = [...source];
  }

  /** @param more how often to repeat what may be left out. */
  read(more: number): string {
    const alternatives: string[] = [];
    let text = '';
    while (this.#next < this.#characters.length && this.#peek() !== ')') {
      if (this.#take('|')) {
        alternatives.push(text);
        text = '';
      } else text += this.#repeated(this.#single(more), more);
    }
    alternatives.push(text);
    return (more === 0 ? alternatives[0] : alternatives.at(-1)) ?? '';
  }

  #single(more: number): string {
    if (this.#take('(')) {
      this.#groupStart();
      const inner = this.read(more);
      this.#take(')');
      return inner;
    }
    if (this.#take('[')) return this.#characterClass();
    const character = this.#take('\\') ? `\\${this.#advance()}` : this.#advance();
    if (character === '^' || character === '$') return '';
    if (character === '.') return 'x';
    return character.startsWith('\\') ? (classes[character.slice(1)] ?? character.slice(1)) : character;
  }

  #groupStart(): void {
    if (!this.#take('?')) return;
    while (this.#next < this.#characters.length && !/[:>)]/.test(this.#peek())) this.#next++;
    if (this.#peek() !== ')') this.#next++;
  }

  #characterClass(): string {
    const isNegated = this.#take('^');
    const from = this.#next;
    let first = this.#advance();
    if (first === '\\') first = classes[this.#peek()] ?? this.#peek();
    if (first === '[') first = 'a';
    while (this.#next < this.#characters.length && (this.#peek() !== ']' || this.#next === from)) {
      if (this.#advance() === '\\') this.#next++;
    }
    this.#take(']');
    if (this.#peek() === ']') this.#next++;
    return isNegated
      ? (['x', '1', '-'].find((each) => !this.#characters.slice(from, this.#next).includes(each)) ?? '~')
      : first;
  }

  #repeated(text: string, more: number): string {
    if (this.#take('*') || this.#take('?')) return this.#lazily(text.repeat(more));
    if (this.#take('+')) return this.#lazily(text);
    const bounds = /^\{(?<least>\d+)(?:,\d*)?\}/.exec(
      this.#characters.slice(this.#next, this.#next + 12).join(''),
    );
    if (bounds === null) return text;
    this.#next += bounds[0].length;
    return this.#lazily(text.repeat(Math.min(mostRepetitions, Number(bounds.groups?.['least'] ?? 1))));
  }

  #lazily(text: string): string {
    this.#take('?');
    return text;
  }

  #peek(): string {
    return this.#characters[this.#next] ?? '';
  }

  #advance(): string {
    return this.#characters[this.#next++] ?? '';
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#next++;
    return true;
  }
}
