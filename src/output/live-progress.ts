// The live display on a terminal: one spinner for all running tasks, finished ones stay above it.
import ora from 'ora';
import { lineOf, type Progress, type ProgressOptions } from './progress.ts';

/** A display that redraws its last line on `stream`, which must be a terminal. */
export function liveProgress(stream: NodeJS.WriteStream, options: ProgressOptions): Progress {
  // Ctrl-C must stay a signal to the process, and standard input belongs to prompts.
  const spinner = ora({ stream, discardStdin: false, hideCursor: true });
  const running = new Map<string, string>();
  const redraw = () => {
    const texts = [...running.values()];
    if (texts.length === 0) spinner.stop();
    else
      spinner.start(
        texts.length === 1
          ? texts[0]
          : `${texts[0]} ${options.style.dim(`and ${texts.slice(1).join(', ')}`)}`,
      );
  };
  const above = (line: string) => {
    spinner.stop();
    options.write(line);
  };
  return {
    emit: (event) => {
      if (event.type === 'task' && (event.state === 'started' || event.state === 'progress')) {
        running.set(event.id, event.text);
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
