// How the log of a container lies on disk: numbered files of bounded size, each belonging to one run of the container.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of a log. */
export interface LogFile {
  /** Rises from file to file, over all runs. */
  readonly number: number;
  /** Rises with each start of the container. */
  readonly run: number;
  readonly path: string;
}

const namePattern = /^(\d+)-run(\d+)\.log$/;

/** The file of a number and run in a container's directory. */
export function logFile(dir: string, number: number, run: number): LogFile {
  return { number, run, path: join(dir, `${number}-run${run}.log`) };
}

/** The files in a container's directory, oldest first; none when it doesn't exist. */
export async function listLogFiles(dir: string): Promise<LogFile[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = names.flatMap((name) => {
    const match = namePattern.exec(name);
    return match === null ? [] : [logFile(dir, Number(match[1]), Number(match[2]))];
  });
  return files.toSorted((a, b) => a.number - b.number);
}
