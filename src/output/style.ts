// Colours and symbols of text output: chalk where colour is wanted, plain text where it isn't.
import { Chalk, type ChalkInstance } from 'chalk';

/** How text is made to stand out. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly accent: (text: string) => string;
  /** The same colour for the same key. */
  readonly tint: (key: string, text: string) => string;
}

/** A style with or without colour. */
export function makeStyle(colour: boolean): Style {
  const chalk: ChalkInstance = new Chalk({ level: colour ? 1 : 0 });
  return {
    bold: chalk.bold,
    dim: chalk.dim,
    good: chalk.green,
    bad: chalk.red,
    warn: chalk.yellow,
    accent: chalk.cyan,
    tint: (key, text) => chalk[tints[sumOf(key) % tints.length] ?? 'cyan'](text),
  };
}

/** Colours that stand beside each other well, on dark and on light; none that means good or bad. */
const tints = ['cyan', 'magenta', 'blue', 'yellow', 'cyanBright', 'magentaBright', 'blueBright'] as const;

function sumOf(key: string): number {
  return [...key].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521, 7);
}
