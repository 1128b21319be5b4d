// Everything that fox prints goes through here: results to standard output, all else to standard error.
import { once } from 'node:events';
import type { Emit } from '../core/events.ts';
import { errorDocument, errorLines } from './error-text.ts';
import { type Progress, type ProgressOptions, plainProgress, quietProgress } from './progress.ts';
import { makeStyle, type Style } from './style.ts';

/** Formats of a result. */
export type OutputFormat = 'text' | 'json' | 'yaml';

/** What decides how things are shown. */
export interface OutputOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly format: OutputFormat;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** `--no-color`. */
  readonly noColour: boolean;
}

/** Text of a result, for people. */
export interface TextRenderer<R> {
  (result: R, style: Style): string;
}

/** The output of one command. */
export interface Output {
  readonly emit: Emit;
  /** Prints a result in the format that was asked for. */
  result<R>(result: R, render: TextRenderer<R>): Promise<void>;
  /** Prints one row of a result that never ends (logs): text, or a JSON document per line. The promise tells when there is room for more. */
  row<R>(row: R, render: TextRenderer<R>): Promise<unknown> | undefined;
  error(error: unknown): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

/** Makes the output of a command; a live display only on a terminal outside of CI. */
export async function makeOutput(options: OutputOptions): Promise<Output> {
  const { stdout, stderr, format, verbose } = options;
  const resultStyle = makeStyle(wantsColour(stdout, options));
  const style = makeStyle(wantsColour(stderr, options));
  const write = (line: string) => void stderr.write(`${withoutTurns(line)}\n`);
  const progress = await makeProgress(options, { style, write, verbose });
  let room: Promise<unknown> | undefined;
  /** Of one and the same promise, however many wait: each listener of its own would be one too many for Node. */
  const roomForMore = async () => {
    room ??= once(stdout, 'drain').finally(() => {
      room = undefined;
    });
    await room;
  };
  return {
    emit: progress.emit,
    result: async (result, render) => {
      progress.end();
      stdout.write(
        ended(format === 'text' ? render(result, resultStyle) : await documentText(result, format)),
      );
    },
    row: (row, render) => {
      const text = ended(format === 'text' ? render(row, resultStyle) : JSON.stringify(row));
      // An empty line is a line, too.
      return stdout.write(text === '' ? '\n' : text) ? undefined : roomForMore();
    },
    error: (error) => {
      progress.end();
      // JSON is YAML.
      if (format !== 'text') write(JSON.stringify(errorDocument(error)));
      else for (const line of errorLines(error, style, verbose)) write(line);
    },
    end: () => progress.end(),
  };
}

async function makeProgress(
  { stderr, env, quiet, format }: OutputOptions,
  options: ProgressOptions,
): Promise<Progress> {
  if (quiet) return quietProgress(options);
  const isTerminal = stderr.isTTY && env['TERM'] !== 'dumb' && !isSet(env['CI']);
  // A terminal that nobody has given a size would have endless lines to redraw.
  const live = isTerminal && stderr.columns !== 0 && format === 'text';
  if (!live) return plainProgress(options);
  const { liveProgress } = await import('./live-progress.ts');
  return liveProgress(stderr, options);
}

async function documentText(result: unknown, format: 'json' | 'yaml'): Promise<string> {
  if (format === 'json') return JSON.stringify(result, null, 2);
  const { yamlText } = await import('./yaml-text.ts');
  return yamlText(result);
}

/** What turns the direction of text can make a line read as another: what was typed, or a file's text, is in it. */
function withoutTurns(line: string): string {
  return line.replaceAll(
    /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text with one line end; an empty text stays empty. */
function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function wantsColour(stream: NodeJS.WriteStream, { env, noColour }: OutputOptions): boolean {
  if (noColour || isSet(env['NO_COLOR']) || env['TERM'] === 'dumb') return false;
  return isSet(env['FORCE_COLOR']) ? env['FORCE_COLOR'] !== '0' : stream.isTTY;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false';
}
