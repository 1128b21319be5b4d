// Lays rows out in columns.
import { stripVTControlCharacters } from 'node:util';

/** Lines of a table: a heading, then rows; columns are as wide as their widest cell, two spaces apart. */
export function tableLines(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  mark: (text: string) => string,
): string[] {
  const widths = heading.map((_, column) =>
    Math.max(...[heading, ...rows].map((row) => width(row[column] ?? ''))),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd();
  return [mark(line(heading)), ...rows.map(line)];
}

function width(text: string): number {
  return stripVTControlCharacters(text).length;
}
