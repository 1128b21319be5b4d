// The one way an error is shown: what happened and why, how it looked, what to try.
import { FoxError } from '../core/errors.ts';
import type { Style } from './style.ts';

/** Lines that tell a person of an error. Only unexpected ones, and only with `verbose`, show a stack. */
export function errorLines(error: unknown, style: Style, verbose: boolean): string[] {
  if (!(error instanceof FoxError)) return bugLines(error, style);
  return [
    `${style.bad('Error:')} ${error.message}`,
    ...error.details.map((line) => `  ${line}`),
    ...error.hints.map((hint) => `${style.dim('→')} ${hint}`),
    ...(verbose ? stackLines(error).map((line) => style.dim(line)) : []),
  ];
}

function bugLines(error: unknown, style: Style): string[] {
  return [
    `${style.bad('Bug in fox:')} ${error instanceof Error ? error.message : String(error)}`,
    ...stackLines(error).map((line) => style.dim(line)),
    `${style.dim('→')} Please report this with the command that you ran and the lines above.`,
  ];
}

function stackLines(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = (error.stack ?? '').split('\n').slice(1);
  return error.cause instanceof Error
    ? [...own, `caused by ${error.cause.stack ?? error.cause.message}`]
    : own;
}

/** An error as programs read it. */
export interface ErrorDocument {
  readonly schema: 'fox/v1';
  readonly kind: 'error';
  /** One of `exitCodes`, or `BUG`. */
  readonly code: string;
  readonly message: string;
  readonly details: readonly string[];
  readonly hints: readonly string[];
}

/** The error as `-o json` and `-o yaml` show it, on standard error. */
export function errorDocument(error: unknown): ErrorDocument {
  const expected = error instanceof FoxError ? error : undefined;
  return {
    schema: 'fox/v1',
    kind: 'error',
    code: expected?.code ?? 'BUG',
    message: error instanceof Error ? error.message : String(error),
    details: expected?.details ?? [],
    hints: expected?.hints ?? [],
  };
}
