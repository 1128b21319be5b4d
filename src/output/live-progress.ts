// The live display on a terminal: one spinner for all running tasks, finished ones stay above it.
import ora from 'ora';
import { lineOf, type Progress, type ProgressOptions } from './progress.ts';

/** A display that redraws its last line on `stream`, which must be a terminal. */
export function liveProgress(stream: NodeJS.WriteStream, options: ProgressOptions): Progress {
  // Ctrl-C must stay a signal to the process, and standard input belongs to prompts.
  const spinner = ora({ stream, discardStdin: false, hideCursor: true });
  const running = new Map<string, { readonly text: string; readonly lines: readonly string[] }>();
  const redraw = () => {
    const [first, ...others] = running.values();
    if (first === undefined) {
      spinner.stop();
      return;
    }
    const also = others.map(({ text }) => text).join(', ');
    const head = also === '' ? first.text : `${first.text} ${options.style.dim(`and ${also}`)}`;
    spinner.start([head, ...shownLines(first.lines, options)].join('\n'));
  };
  const above = (line: string) => {
    spinner.stop();
    options.write(line);
  };
  return {
    emit: (event) => {
      if (event.type === 'task' && (event.state === 'started' || event.state === 'progress')) {
        running.set(event.id, { text: event.text, lines: event.lines ?? [] });
      } else {
        if (event.type === 'task') running.delete(event.id);
        const line = lineOf(event, options);
        if (line !== undefined) above(line);
      }
      redraw();
    },
    end: () => {
      running.clear();
      spinner.stop();
    },
  };
}

/** So many parts of a task are shown. */
const maxLines = 8;

/** The parts of a task below it. */
function shownLines(lines: readonly string[], { style }: ProgressOptions): string[] {
  const more = lines.length > maxLines ? [`and ${lines.length - maxLines} more`] : [];
  return [...lines.slice(0, maxLines), ...more].map((line) => style.dim(`    ${line}`));
}
