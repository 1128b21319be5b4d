// The words of a rule: names, strings, operators; each with the column that it begins at.

/** One word; `end` stands behind the last one. */
export interface Token {
  readonly is: 'name' | 'text' | 'operator' | 'end';
  /** The name or operator; of a text what it stands for. */
  readonly value: string;
  /** From 1. */
  readonly column: number;
}

const words =
  /\s*(?:(?<name>[A-Za-z_]\w*)|(?<raw>`[^`]*`)|(?<quoted>"(?:[^"\\]|\\.)*")|(?<operator>&&|\|\||[!(),]))/suy;

/** The words of a rule, or what is wrong with it. */
export function readTokens(rule: string): Token[] | string {
  const tokens: Token[] = [];
  let end = 0;
  const columnOf = (index: number) => Array.from(rule.slice(0, index)).length + 1;
  while (rule.slice(end).trim() !== '') {
    words.lastIndex = end;
    const groups = words.exec(rule)?.groups;
    if (groups === undefined) return unreadable(rule, end + rule.slice(end).search(/\S/), columnOf);
    const { name, raw, quoted, operator = '' } = groups;
    const written = name ?? raw ?? quoted ?? operator;
    end = words.lastIndex;
    const column = columnOf(end - written.length);
    if (name !== undefined) tokens.push({ is: 'name', value: name, column });
    else if (raw !== undefined) tokens.push({ is: 'text', value: raw.slice(1, -1), column });
    else if (quoted !== undefined) tokens.push({ is: 'text', value: unquoted(quoted), column });
    else tokens.push({ is: 'operator', value: operator, column });
  }
  tokens.push({ is: 'end', value: '', column: columnOf(rule.length) });
  return tokens;
}

/** `\"` and `\\` are escapes; other backslashes belong to what is written, as to a regex. */
function unquoted(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(["\\])/g, '$1');
}

function unreadable(rule: string, index: number, columnOf: (index: number) => number): string {
  const found = String.fromCodePoint(rule.codePointAt(index) ?? 0);
  const column = columnOf(index);
  if (found === '`' || found === '"') return `has a text at column ${column} that doesn't end`;
  const both = found === '&' || found === '|' ? `: "and" is &&, "or" is ||` : '';
  const quotes = both === '' ? ': texts stand in back-ticks or double quotes' : both;
  return `has an unexpected ${JSON.stringify(found)} at column ${column}${quotes}`;
}
