// The grammar of rules: predicates combined by `&&`, `||`, `!` and parentheses, as in Go.
import { readTokens, type Token } from './rule-tokens.ts';

/** A predicate as it is called. */
export interface Call {
  readonly name: string;
  readonly values: readonly string[];
  readonly column: number;
}

/** A rule, or a part of one, over what stands for predicates. */
export type Expression<P> =
  | { readonly is: 'predicate'; readonly predicate: P }
  | { readonly is: 'not'; readonly of: Expression<P> }
  | { readonly is: 'and' | 'or'; readonly all: readonly Expression<P>[] };

/** More levels of parentheses would be a mistake. */
const deepest = 50;

/** What is wrong with a text, as a sentence without its subject. */
class Unreadable extends Error {}

/** The expression in a text, or what is wrong with it. */
export function readExpression(rule: string): Expression<Call> | string {
  const tokens = readTokens(rule);
  if (typeof tokens === 'string') return tokens;
  try {
    return new Reader(tokens).read();
  } catch (error) {
    if (error instanceof Unreadable) return error.message;
    throw error;
  }
}

class Reader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  read(): Expression<Call> {
    const expression = this.#either();
    if (this.#token.is !== 'end') throw this.#unexpected('&&, || or the end of the rule');
    return expression;
  }

  #either(): Expression<Call> {
    return this.#joined('or', '||', () => this.#both());
  }

  #both(): Expression<Call> {
    return this.#joined('and', '&&', () => this.#single());
  }

  #joined(is: 'and' | 'or', operator: string, read: () => Expression<Call>): Expression<Call> {
    const first = read();
    const all = [first];
    while (this.#take(operator)) all.push(read());
    return all.length === 1 ? first : { is, all };
  }

  #single(): Expression<Call> {
    if (++this.#depth > deepest)
      throw new Unreadable(`is nested more than ${deepest} levels deep at column ${this.#token.column}`);
    const expression = this.#nested();
    this.#depth--;
    return expression;
  }

  #nested(): Expression<Call> {
    if (this.#take('!')) return { is: 'not', of: this.#single() };
    if (!this.#take('(')) return { is: 'predicate', predicate: this.#call() };
    const inner = this.#either();
    if (!this.#take(')')) throw this.#unexpected('&&, || or ")"');
    return inner;
  }

  #call(): Call {
    const { is, value: name, column } = this.#token;
    if (is !== 'name' || operatorOf(name) !== undefined)
      throw this.#unexpected('a predicate such as PathPrefix(`/x`)');
    this.#next++;
    if (!this.#take('(')) throw this.#unexpected(`"(" after ${name}`);
    const values: string[] = [];
    while (!this.#take(')')) {
      if (values.length > 0 && !this.#take(',')) throw this.#unexpected('"," or ")"');
      if (this.#token.is !== 'text') throw this.#unexpected('a text in back-ticks or double quotes');
      values.push(this.#token.value);
      this.#next++;
    }
    return { name, values, column };
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { is: 'end', value: '', column: 1 };
  }

  #take(operator: string): boolean {
    const { is, value } = this.#token;
    if (is !== 'operator' || value !== operator) return false;
    this.#next++;
    return true;
  }

  #unexpected(expected: string): Unreadable {
    const { is, value, column } = this.#token;
    const operator = is === 'name' ? operatorOf(value) : undefined;
    if (operator !== undefined)
      return new Unreadable(`has ${value} at column ${column}: "${value}" is ${operator}`);
    const found = is === 'end' ? 'ends' : `has ${is === 'text' ? 'a text' : value}`;
    return new Unreadable(`${found} at column ${column}, where ${expected} is expected`);
  }
}

/** What is written for a word of other languages. */
function operatorOf(word: string): string | undefined {
  return { and: '&&', or: '||', not: '!' }[word.toLowerCase()];
}
