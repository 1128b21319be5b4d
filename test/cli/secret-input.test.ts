// Where the values of secrets come from on a command line: standard input, files and other tools' Secrets; never its arguments.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSecrets } from '../../src/cli/secret-input.ts';
import type { CommandInput } from '../../src/cli/command-definition.ts';
import { FoxError } from '../../src/core/errors.ts';
import type { Output } from '../../src/output/output.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function read(input: CommandInput, piped?: string | Uint8Array) {
  const output = { end: () => undefined } as unknown as Output;
  const { signal } = new AbortController();
  const stdin =
    piped === undefined ? {} : { stdin: Readable.from([Buffer.from(piped)]) as unknown as NodeJS.ReadStream };
  return Object.fromEntries(await readSecrets(input, { output, signal, ...stdin }));
}

async function refusal(input: CommandInput, piped?: string | Uint8Array): Promise<FoxError> {
  const error: unknown = await read(input, piped).catch((caught: unknown) => caught);
  if (error instanceof FoxError) return error;
  throw new Error(`expected a FoxError, not ${JSON.stringify(error)}`);
}

async function file(content: string | Uint8Array): Promise<string> {
  const path = join(directory, 'file');
  await writeFile(path, content);
  return path;
}

test('nothing is read where no secret is set', async () => {
  expect(await read({}, 'geheim')).toEqual({});
});

test.each([
  ['geheim\n', 'geheim'],
  ['geheim\r\n', 'geheim'],
  ['geheim', 'geheim'],
  ['two\nlines\n\n', 'two\nlines\n'],
  [' geheim ', ' geheim '],
])('standard input loses one newline at its end: %j', async (piped, value) => {
  expect(await read({ secret: 'PASSWORD' }, piped)).toEqual({ PASSWORD: { value } });
});

test.each([
  ['-----BEGIN KEY-----\n', '-----BEGIN KEY-----'],
  ['two\r\nlines\r\n', 'two\r\nlines'],
  ['kept\n\n', 'kept\n'],
])('a file is the same secret as what is piped: %j', async (content, value) => {
  const fromFile = await file(content);
  expect(await read({ secret: 'KEY', fromFile })).toEqual({ KEY: { value } });
  expect(await read({ secret: 'KEY' }, content)).toEqual({ KEY: { value } });
});

test('another tool’s Secret is named by name and key', async () => {
  expect(await read({ secret: 'PASSWORD', fromSecret: 'db.main/user.password' })).toEqual({
    PASSWORD: { from: { name: 'db.main', key: 'user.password' } },
  });
  for (const fromSecret of ['db', 'db/', '/key', 'DB/key', 'db-/key', 'db/a/b'])
    expect((await refusal({ secret: 'PASSWORD', fromSecret })).code).toBe('USAGE');
});

test('several come from lines NAME=value', async () => {
  const text = '# comment\n\nPASSWORD=a=b #c \r\nexport TOKEN="quoted"\n';
  const expected = { PASSWORD: { value: 'a=b #c ' }, TOKEN: { value: '"quoted"' } };
  expect(await read({ secrets: await file(text) })).toEqual(expected);
  expect(await read({ secrets: '-' }, text)).toEqual(expected);
});

test.each([
  ['hunter2\n', 'line 1 of -'],
  ['A=hunter2\nA=hunter3\n', 'line 2 of - sets A once more'],
  ['A=\n', 'the value of A is empty'],
  ['#hunter2\n', 'sets no secret'],
  ['KEY=1\nhunter2+/==\n', 'line 2 of - is no NAME=value'],
])('lines that can’t be meant are refused by their place: %j', async (piped, why) => {
  const error = await refusal({ secrets: '-' }, piped);
  expect(error.message).toContain(why);
  expect([error.message, ...error.hints].join()).not.toContain('hunter');
});

test('a value on the command line is refused without being repeated', async () => {
  for (const secret of ['PASSWORD=hunter2', 'hunter2=', '=hunter2']) {
    const error = await refusal({ secret }, 'x');
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain('history');
    expect([error.message, ...error.hints, ...error.details].join()).not.toContain('hunter2');
  }
});

test.each([
  [{ fromFile: 'x' }, '--from-file needs the name'],
  [{ fromSecret: 'a/b' }, '--from-secret needs the name'],
  [{ secret: 'A', fromFile: 'x', fromSecret: 'a/b' }, 'exclude each other'],
  [{ secret: 'A', secrets: '-' }, 'no other'],
  [{ secret: 'A' }, 'nobody can be asked'],
])('options that don’t go together are refused: %j', async (input, why) => {
  expect((await refusal(input)).message).toContain(why);
});

test('what can’t be a value is refused', async () => {
  expect((await refusal({ secret: 'A' }, '\n')).message).toContain('is empty');
  expect((await refusal({ secret: 'A' }, 'a\0b')).message).toContain('NUL');
  expect((await refusal({ secret: 'A', fromFile: await file(Buffer.from([0xff])) })).message).toContain(
    'UTF-8',
  );
  expect((await refusal({ secret: 'A' }, 'x'.repeat(2 ** 21))).message).toContain('more than');
  const endless = await refusal({ secret: 'A', fromFile: '/dev/zero' });
  expect(endless.message).toBe('/dev/zero has more than 1048576 bytes');
  const missing = await refusal({ secret: 'A', fromFile: join(directory, 'none') });
  expect(missing.code).toBe('FILE_SYSTEM');
});

/** A terminal that notes whether its keys are read one by one, and what is shown on it. */
class Keyboard {
  readonly keys = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (raw: boolean) => void this.modes.push(raw),
  });
  readonly screen = new PassThrough();
  readonly modes: boolean[] = [];

  async ask(keys: string, signal = new AbortController().signal): Promise<unknown> {
    const [stdin, stderr] = [this.keys, this.screen] as unknown[];
    const terminal = { stdin: stdin as NodeJS.ReadStream, stderr: stderr as NodeJS.WriteStream };
    const output = { end: () => undefined } as unknown as Output;
    const asked = readSecrets({ secret: 'PASSWORD' }, { output, signal, terminal });
    this.keys.write(keys);
    return asked.then(
      (found) => Object.fromEntries(found),
      (error: unknown) => error,
    );
  }

  get shown(): string {
    return String(this.screen.read() ?? '');
  }
}

test('what is typed isn’t shown, and can be corrected', async () => {
  const keyboard = new Keyboard();
  expect(await keyboard.ask('geheimx\u007f ü\r')).toEqual({ PASSWORD: { value: 'geheim ü' } });
  expect(keyboard.shown).toBe('Value of PASSWORD (not shown): \n');
  expect(keyboard.modes).toEqual([true, false]);
});

test.each([
  ['Ctrl-C', 'gehe\u0003'],
  ['Ctrl-D', '\u0004'],
])('%s changes nothing, and leaves the terminal as it was', async (_, keys) => {
  const keyboard = new Keyboard();
  const error = await keyboard.ask(keys);
  expect(error).toMatchObject({ code: 'CANCELLED' });
  expect(keyboard.shown).not.toContain('gehe');
  expect(keyboard.modes).toEqual([true, false]);
});

test('a signal from elsewhere leaves the terminal as it was, too', async () => {
  const keyboard = new Keyboard();
  const controller = new AbortController();
  const asked = keyboard.ask('gehe', controller.signal);
  controller.abort();
  expect(await asked).toMatchObject({ code: 'CANCELLED' });
  expect(keyboard.modes).toEqual([true, false]);
});

test('nothing typed is no value', async () => {
  expect(await new Keyboard().ask('\r')).toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('is empty') as string,
  });
});
