// The output of a command: rows that are printed faster than they are taken.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { FoxError } from '../../../src/core/errors.ts';
import { makeOutput } from '../../../src/output/output.ts';

function stream(): NodeJS.WriteStream & PassThrough {
  return Object.assign(new PassThrough({ highWaterMark: 16 }), { isTTY: false }) as never;
}

test('many who print rows wait for room together, with one listener', async () => {
  const stdout = stream();
  const output = await makeOutput({
    stdout,
    stderr: stream(),
    env: {},
    format: 'json',
    quiet: false,
    verbose: false,
    noColour: true,
  });
  const row = (line: number) => output.row({ line }, String);
  const waiting = Array.from({ length: 50 }, (_, line) => row(line)).filter((each) => each !== undefined);
  expect(waiting.length).toBeGreaterThan(40);
  expect(stdout.listenerCount('drain')).toBe(1);
  const taken: string[] = [];
  stdout.on('data', (chunk: Buffer) => taken.push(String(chunk)));
  await Promise.all(waiting);
  expect(taken.join('').split('\n')).toHaveLength(51);
  // Room again: the next one that lacks it waits for itself.
  stdout.pause();
  const more = Array.from({ length: 20 }, (_, line) => row(line));
  expect(more.some((each) => each !== undefined)).toBe(true);
  stdout.resume();
  await more.findLast((each) => each !== undefined);
});

test('a terminal without a size gets plain lines: there is no place to redraw', async () => {
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 0 });
  const options = { stdout: stream(), env: {}, format: 'text', quiet: false, verbose: false } as const;
  const output = await makeOutput({ ...options, stderr: stderr as never, noColour: true });
  output.emit({ type: 'task', id: 'x', state: 'started', text: 'Building web' });
  output.end();
  expect(String(stderr.read())).toBe('… Building web\n');
});

test.each(['text', 'json'] as const)('nothing turns the direction of what is told, as %s', async (format) => {
  const stderr = new PassThrough();
  const options = { stdout: stream(), env: {}, quiet: false, verbose: false, noColour: true } as const;
  const output = await makeOutput({ ...options, format, stderr: stderr as never });
  output.error(new FoxError('USAGE', 'no host: "a\u202Eb"', { hints: ['\u2066x'] }));
  const told = String(stderr.read());
  expect(told).not.toMatch(/[\u202E\u2066]/);
  expect(format === 'json' ? (JSON.parse(told) as FoxError).message : told).toContain(
    format === 'json' ? 'no host: "a\u202Eb"' : 'Error: no host: "a\\u202eb"\n→ \\u2066x',
  );
});
