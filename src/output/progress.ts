// Shows events while an action runs: as a live display on a terminal, as plain lines elsewhere, or not at all.
import type { Emit, FoxEvent } from '../core/events.ts';
import type { Style } from './style.ts';

/** A display of events; `end` leaves the terminal as it was. */
export interface Progress {
  readonly emit: Emit;
  end(): void;
}

/** Where lines go: standard error. */
export interface LineWriter {
  (line: string): void;
}

/** What is shown beside tasks. */
export interface ProgressOptions {
  readonly style: Style;
  readonly write: LineWriter;
  /** Also show what build commands print. */
  readonly verbose: boolean;
}

/** Shows nothing but warnings. */
export function quietProgress({ style, write }: ProgressOptions): Progress {
  return {
    emit: (event) => {
      if (event.type === 'warning') write(`${style.warn('Warning:')} ${event.text}`);
    },
    end: () => undefined,
  };
}

/** One line per event that is worth one; nothing moves the cursor. */
export function plainProgress(options: ProgressOptions): Progress {
  return {
    emit: (event) => {
      // A task's progress changes often: in a log, its beginning and end are enough.
      if (event.type === 'task' && event.state === 'progress') return;
      const line = lineOf(event, options);
      if (line !== undefined) options.write(line);
    },
    end: () => undefined,
  };
}

/** The text of an event as a line; undefined where it isn't shown. */
export function lineOf(event: FoxEvent, { style, verbose }: ProgressOptions): string | undefined {
  switch (event.type) {
    case 'task':
      if (event.state === 'done') return `${style.good('✔')} ${event.text}`;
      if (event.state === 'failed') return `${style.bad('✖')} ${event.text}`;
      return `${style.dim('…')} ${event.text}`;
    case 'output':
      return verbose ? `${style.dim(`${event.source} |`)} ${event.line}` : undefined;
    case 'info':
      return event.text;
    case 'warning':
      return `${style.warn('Warning:')} ${event.text}`;
    case 'command':
      return `\n${style.bold(`$ ${event.line}`)}`;
    default:
      return event satisfies never;
  }
}
