// Reads the bytes of a container's log in order, from file to file, and on as it grows.
import { type FileHandle, open } from 'node:fs/promises';
import type { ContainerLog } from './container-log.ts';
import { listLogFiles, type LogFile } from './log-files.ts';

/** How to read. */
export interface ReadLogOptions {
  /** The run before the current one. */
  readonly previous: boolean;
  /** Only so many lines of what is there already. */
  readonly tailLines: number | undefined;
  /** Goes on until the log is closed; never with `previous`. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

const blockBytes = 64 * 1024;
const newline = 0x0a;

/**
 * Chunks of a log; lines may be cut between chunks.
 * @param live the log's writer; absent when nobody writes it.
 * @returns undefined when `previous` is asked for and there is no such run.
 */
export async function openLog(
  dir: string,
  live: ContainerLog | undefined,
  options: ReadLogOptions,
): Promise<AsyncGenerator<Buffer> | undefined> {
  const files = await listLogFiles(dir);
  const lastRun = files.at(-1)?.run ?? 0;
  const wantedRun = options.previous ? lastRun - 1 : lastRun;
  const wanted = files.filter(({ run }) => run === wantedRun);
  if (options.previous && wanted.length === 0) return undefined;
  const follow = options.follow && !options.previous ? live : undefined;
  return readFiles(dir, wanted, follow, options);
}

async function* readFiles(
  dir: string,
  files: readonly LogFile[],
  live: ContainerLog | undefined,
  { tailLines, signal }: ReadLogOptions,
): AsyncGenerator<Buffer> {
  const start = tailLines === undefined ? { number: 0, offset: 0 } : await tailStart(files, tailLines);
  let last = start.number;
  for (const file of files) {
    if (file.number < start.number) continue;
    last = file.number;
    yield* readFile(file, file.number === start.number ? start.offset : 0, live, signal);
  }
  if (live === undefined) return;
  while (!signal.aborted) {
    // Taken first: what changes while the directory is read must not be missed.
    const { position } = live;
    const next = (await listLogFiles(dir)).find(({ number }) => number > last);
    if (next !== undefined) {
      last = next.number;
      yield* readFile(next, 0, live, signal);
    } else if (position.closed) return;
    // A run's file is made by its first line: until then there is nothing to list.
    else await changed(live, position, signal);
  }
}

/** One file from `offset`; while `live` still writes it, as it grows. */
async function* readFile(
  file: LogFile,
  offset: number,
  live: ContainerLog | undefined,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const handle = await openFile(file);
  if (handle === undefined) return;
  let complete = true;
  try {
    for (let at = offset; !signal.aborted;) {
      const position = live?.position;
      for await (const chunk of readFrom(handle, at)) {
        at += chunk.length;
        complete = chunk.at(-1) === newline;
        yield chunk;
      }
      if (live === undefined || position === undefined) break;
      if (position.number !== file.number || position.closed) break;
      await changed(live, position, signal);
    }
  } finally {
    await handle.close();
  }
  // What was cut off by a crash is a line of its own.
  if (!complete) yield Buffer.of(newline);
}

async function* readFrom(handle: FileHandle, offset: number): AsyncGenerator<Buffer> {
  for (let at = offset; ;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(blockBytes), 0, blockBytes, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Undefined when it was removed meanwhile, because newer files took its place. */
async function openFile({ path }: LogFile): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Resolves when the log's position is no longer the one given, or the signal aborts. */
function changed(live: ContainerLog, position: ContainerLog['position'], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (live.position !== position || signal.aborted) return resolve();
    const done = () => {
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const stop = live.onChange(done);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Where the last `lines` lines begin. */
async function tailStart(
  files: readonly LogFile[],
  lines: number,
): Promise<{ number: number; offset: number }> {
  let wanted = lines;
  for (const file of files.toReversed()) {
    const handle = await openFile(file);
    if (handle === undefined) break;
    try {
      const { offset, found } = await tailOffset(handle, wanted);
      wanted -= found;
      if (wanted <= 0) return { number: file.number, offset };
    } finally {
      await handle.close();
    }
  }
  return { number: 0, offset: 0 };
}

async function tailOffset(handle: FileHandle, lines: number): Promise<{ offset: number; found: number }> {
  const { size } = await handle.stat();
  if (lines <= 0) return { offset: size, found: 0 };
  let found = 0;
  // The last byte is the end of the last line, not the beginning of another.
  for (let end = size - 1; end > 0;) {
    const from = Math.max(0, end - blockBytes);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(end - from), 0, end - from, from);
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (buffer[at] !== newline) continue;
      found += 1;
      if (found === lines) return { offset: from + at + 1, found };
    }
    end = from;
  }
  return { offset: 0, found: size > 0 ? found + 1 : 0 };
}
