// How a process's end is told in a container's status.
import { kubeTime } from './kube-time.ts';
import type { ProcessEnd } from './container-process.ts';
import type { Terminated } from './pod.ts';

const shownLines = 5;

/** The terminated state; `ending` is the end of the container's log, shown when the process failed. */
export function terminatedState(
  { exitCode, signal }: ProcessEnd,
  startedAt: number,
  ending: string,
): Terminated {
  const message = exitCode === 0 ? '' : lastTexts(ending);
  return {
    exitCode,
    ...(signal === undefined ? {} : { signal }),
    reason: exitCode === 0 ? 'Completed' : 'Error',
    ...(message === '' ? {} : { message }),
    startedAt: kubeTime(startedAt),
    finishedAt: kubeTime(),
  };
}

/** The texts of the last log lines, without time and stream. */
function lastTexts(ending: string): string {
  const lines = ending.split('\n').filter((line) => line !== '');
  const texts = lines.map((line) => line.replace(/^\S+ \S+ /, '')).filter((text) => text.trim() !== '');
  return texts.slice(-shownLines).join('\n');
}
