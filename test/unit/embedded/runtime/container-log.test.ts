// Logs hold what was printed, in order, within bounds; readers see it all, whole lines, also as it grows.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { assert, asyncProperty, integer, array, record, stringMatching } from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ContainerLog } from '../../../../src/embedded/runtime/container-log.ts';
import { openLog, type ReadLogOptions } from '../../../../src/embedded/runtime/log-reader.ts';
import { readOutput } from '../../../../src/embedded/runtime/output-lines.ts';
import { PodLogDirectory } from '../../../../src/embedded/runtime/pod-logs.ts';
import { selectLines } from '../../../../src/embedded/runtime/select-lines.ts';
import { eventually } from '../eventually.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fox-log-'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

function fail(error: unknown): never {
  throw error;
}

function line(text: string): Buffer {
  return Buffer.from(`2026-01-02T03:04:05.000000000Z stdout ${text}\n`);
}

const everything: ReadLogOptions = {
  previous: false,
  tailLines: undefined,
  follow: false,
  signal: new AbortController().signal,
};

async function read(log: ContainerLog, options: Partial<ReadLogOptions> = {}): Promise<string[]> {
  const chunks = await openLog(log.dir, log, { ...everything, ...options });
  const texts: Buffer[] = [];
  for await (const text of selectLines(chunks ?? Readable.from([]), { timestamps: false })) texts.push(text);
  return Buffer.concat(texts).toString().split('\n').slice(0, -1);
}

/** Follows a log and keeps what it has seen. */
function follow(log: ContainerLog, options: Partial<ReadLogOptions> = {}) {
  const abort = new AbortController();
  const seen: string[] = [];
  const run = async () => {
    const chunks = await openLog(log.dir, log, {
      ...everything,
      follow: true,
      signal: abort.signal,
      ...options,
    });
    if (chunks === undefined) return;
    for await (const bytes of selectLines(chunks, { timestamps: false })) {
      seen.push(...bytes.toString().split('\n').slice(0, -1));
    }
  };
  return { seen, done: run(), stop: () => abort.abort() };
}

test('lines come back in order; the last ones alone when asked for', async () => {
  const log = new ContainerLog(join(dir, 'c'), fail);
  await log.startRun();
  for (let index = 0; index < 1000; index++) await log.append(line(`line ${index}`));
  await log.close();
  expect(await read(log)).toEqual(Array.from({ length: 1000 }, (_, index) => `line ${index}`));
  expect(await read(log, { tailLines: 2 })).toEqual(['line 998', 'line 999']);
  expect(await read(log, { tailLines: 0 })).toEqual([]);
  expect(await read(log, { tailLines: 5000 })).toHaveLength(1000);
});

test('a log is bounded: a run keeps its current and its last file', async () => {
  const log = new ContainerLog(join(dir, 'c'), fail, 1000);
  await log.startRun();
  for (let index = 0; index < 200; index++) {
    const { position } = log;
    await log.append(line(`line ${index}`));
    // One line at a time: what comes together is written together.
    await eventually(() => log.position !== position);
  }
  await log.close();
  expect((await readdir(join(dir, 'c'))).length).toBeLessThanOrEqual(2);
  const kept = await read(log);
  expect(kept.at(-1)).toBe('line 199');
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.length).toBeLessThan(100);
  expect(kept).toEqual(
    Array.from({ length: kept.length }, (_, index) => `line ${200 - kept.length + index}`),
  );
  expect(await read(log, { tailLines: kept.length - 1 })).toEqual(kept.slice(1));
});

test('the run before the current one is kept, older ones are not', async () => {
  const log = new ContainerLog(join(dir, 'c'), fail);
  for (const run of ['first', 'second', 'third']) {
    await log.startRun();
    await log.append(line(run));
  }
  await log.close();
  expect(await read(log)).toEqual(['third']);
  expect(await read(log, { previous: true })).toEqual(['second']);
  expect(await readdir(join(dir, 'c'))).toHaveLength(2);
});

test('followers see every line once, over full files and new runs, until the log is closed', async () => {
  const log = new ContainerLog(join(dir, 'c'), fail, 500);
  const early = follow(log);
  const wanted: string[] = [];
  let late: ReturnType<typeof follow> | undefined;
  for (let run = 0; run < 3; run++) {
    await log.startRun();
    for (let index = 0; index < 30; index++) {
      wanted.push(`run ${run} line ${index}`);
      await log.append(line(wanted.at(-1) ?? ''));
      // Both readers keep up, so that no file is removed that they haven't seen.
      await eventually(() => early.seen.length === wanted.length);
      if (late !== undefined) await eventually(() => late?.seen.at(-1) === wanted.at(-1));
    }
    late ??= follow(log, { tailLines: 1 });
    await eventually(() => late?.seen.length !== 0);
  }
  await log.close();
  await Promise.all([early.done, late?.done]);
  expect(early.seen).toEqual(wanted);
  expect(late?.seen).toEqual(wanted.slice(29));
});

test('a follower that is no longer interested ends', async () => {
  const log = new ContainerLog(join(dir, 'c'), fail);
  await log.startRun();
  await log.append(line('a'));
  const follower = follow(log);
  await eventually(() => follower.seen.length === 1);
  follower.stop();
  await expect(follower.done).resolves.toBeUndefined();
  await log.close();
});

test('a log that cannot be written loses lines, says so once, and goes on', async () => {
  const errors: unknown[] = [];
  const log = new ContainerLog(join(dir, 'c'), (error) => errors.push(error), 10);
  await log.startRun();
  await log.append(line('fills the file'));
  await eventually(() => log.position.size > 10);
  await rm(join(dir, 'c'), { recursive: true });
  await log.append(line('lost'));
  await eventually(() => errors.length > 0);
  await log.append(line('lost, too'));
  await log.startRun();
  await log.append(line('kept'));
  await log.close();
  expect(await read(log)).toEqual(['kept']);
  expect(errors).toHaveLength(1);
});

test('a run that prints nothing is the current one all the same', async () => {
  const log = new ContainerLog(join(dir, 'c'), fail);
  await log.startRun();
  await log.append(line('first'));
  await log.startRun();
  expect(await read(log)).toEqual([]);
  expect(await read(log, { previous: true })).toEqual(['first']);
  await log.close();
});

test('the end of what was printed is at hand', async () => {
  const log = new ContainerLog(join(dir, 'c'), fail);
  await log.startRun();
  for (let index = 0; index < 500; index++) await log.append(line(`line ${index}`));
  expect(log.ending.split('\n').slice(-2)).toEqual([line('line 499').toString().trimEnd(), '']);
  expect(log.ending.length).toBeLessThanOrEqual(2048);
  await log.startRun();
  expect(log.ending).toBe('');
  await log.close();
});

test('output becomes lines, however it is cut into chunks', async () => {
  const text = stringMatching(/^[a-zé🦊 ]{0,20}$/u);
  await assert(
    asyncProperty(
      record({ lines: array(text), rest: text, chunk: integer({ min: 1, max: 7 }) }),
      async ({ lines, rest, chunk }) => {
        const bytes = Buffer.from(lines.map((one) => `${one}\n`).join('') + rest);
        const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, index) =>
          bytes.subarray(index * chunk, (index + 1) * chunk),
        );
        const written: Buffer[] = [];
        await readOutput(Readable.from(chunks), 'stderr', async (some) => void written.push(some));
        const texts = Buffer.concat(written).toString().split('\n').slice(0, -1);
        for (const one of texts) expect(one).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stderr /);
        expect(texts.map((one) => one.slice('2026-01-02T03:04:05.000000000Z stderr '.length))).toEqual([
          ...lines,
          ...(rest === '' ? [] : [rest]),
        ]);
      },
    ),
  );
});

test('a line without an end is cut, and holds no memory', async () => {
  const sizes: number[] = [];
  const chunks = Array.from({ length: 40 }, () => Buffer.alloc(10_000, 0x78));
  await readOutput(Readable.from(chunks), 'stdout', async (some) => void sizes.push(some.length));
  expect(sizes.length).toBeGreaterThanOrEqual(6);
  expect(Math.max(...sizes)).toBeLessThan(70_000);
});

test('readers choose by time and size', async () => {
  const stored = ['01', '02', '03']
    .map((second) => `2026-01-02T03:04:${second}.000000000Z stdout line ${second}\n`)
    .join('');
  const take = async (options: Parameters<typeof selectLines>[1]) => {
    const texts: Buffer[] = [];
    for await (const text of selectLines(Readable.from([Buffer.from(stored)]), options)) texts.push(text);
    return Buffer.concat(texts).toString();
  };
  const since = Date.parse('2026-01-02T03:04:02Z');
  expect(await take({ timestamps: false, since })).toBe('line 02\nline 03\n');
  expect(await take({ timestamps: true, since: since + 1 })).toBe('2026-01-02T03:04:03.000000000Z line 03\n');
  expect(await take({ timestamps: false, limitBytes: 10 })).toBe('line 01\nli');
});

test('the logs of pods that are gone are swept, and a missing previous run is named', async () => {
  const logs = new PodLogDirectory(dir, fail);
  for (const uid of ['a', 'b']) {
    const log = logs.open(uid, 'web');
    await log.startRun();
    await log.append(line(uid));
    await logs.close(uid);
  }
  await logs.sweep(new Set(['b']));
  expect(await readdir(dir)).toEqual(['b']);
  const { signal } = new AbortController();
  const options = { follow: false, previous: false, timestamps: false };
  const texts: string[] = [];
  for await (const bytes of logs.read('b', options, signal)) texts.push(Buffer.from(bytes).toString());
  expect(texts.join('')).toBe('b\n');
  const previous = logs.read('b', { ...options, previous: true }, signal);
  await expect(previous.next()).rejects.toMatchObject({ name: 'StatusError', code: 400 });
});
