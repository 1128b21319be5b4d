import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { type BuildCommand, runBuildCommand } from '../../../src/images/build-command.ts';
import { temporaryDirectory } from './fixture.ts';

const env = { PATH: process.env['PATH'] ?? '/bin' };

async function run(command: string, options: Partial<BuildCommand> = {}): Promise<string[]> {
  const lines: string[] = [];
  const onOutput = (line: string) => lines.push(line);
  const directory = options.directory ?? (await temporaryDirectory());
  await runBuildCommand({
    component: 'web',
    command,
    directory,
    env,
    onOutput,
    signal: new AbortController().signal,
    ...options,
  });
  return lines;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie has ended; where nobody waits for it, it stays.
    return !existsSync(`/proc/${pid}/stat`) || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test('runs in the directory, with the given environment only, and gives lines of both outputs in their order', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'x'), '');
  process.env['FOX_TEST_SECRET'] = 'secret';
  const lines = await run('ls; echo "$A$FOX_TEST_SECRET" >&2; echo next; echo error >&2; printf last', {
    directory,
    env: { ...env, A: 'a' },
  });
  delete process.env['FOX_TEST_SECRET'];
  expect(lines).toEqual(['x', 'a', 'next', 'error', 'last']);
});

test('nothing can be asked: input is empty', async () => {
  expect(await run('read answer || echo none')).toEqual(['none']);
});

test('a failure names component, command and exit code, and shows the last 20 lines', async () => {
  const failing = run('for n in $(seq 30); do echo line $n; done; exit 3');
  await expect(failing).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message:
      'the build of web failed: `for n in $(seq 30); do echo line $n; done; exit 3` exited with code 3',
    details: Array.from({ length: 20 }, (_, index) => `line ${index + 11}`),
  });
});

test('a command that does not exist is told as such', async () => {
  const failure: unknown = await run('no-such-tool --build').catch((error: unknown) => error);
  expect(failure).toMatchObject({
    message: 'the build of web failed: `no-such-tool --build` exited with code 127',
  });
  expect(failure).toHaveProperty('hints.0', expect.stringContaining('not found'));
  expect(failure).toHaveProperty('details.0', expect.stringContaining('no-such-tool'));
});

test('a signal is named, be it for the shell or for what the shell runs', async () => {
  await expect(run('kill -TERM $$')).rejects.toMatchObject({
    message: 'the build of web failed: `kill -TERM $$` was ended by SIGTERM',
  });
  await expect(run("sh -c 'kill -KILL $$'; exit $?")).rejects.toMatchObject({
    message:
      "the build of web failed: `sh -c 'kill -KILL $$'; exit $?` exited with code 137 (a process in it was ended by SIGKILL)",
  });
});

test('a PATH without a shell is told as such', async () => {
  await expect(run('true', { env: { PATH: '/nonexistent' } })).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message: 'the build of web failed: `true` exited with code 127',
    hints: [expect.stringContaining('PATH')],
  });
});

test('abort ends all processes that the command has started', async () => {
  const directory = await temporaryDirectory();
  const aborting = new AbortController();
  const running = run('sleep 60 & echo $! > pid; echo started; wait', {
    directory,
    signal: aborting.signal,
    onOutput: () => aborting.abort(new Error('enough')),
  });
  await expect(running).rejects.toThrow('enough');
  const pid = Number(await readFile(join(directory, 'pid'), 'utf8'));
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 5000);
});

test('abort ends a command that ignores the polite signal', async () => {
  const directory = await temporaryDirectory();
  const aborting = new AbortController();
  const command = `trap '' TERM; echo $$ > pid; echo started; while :; do sleep 0.1; done`;
  const running = run(command, {
    directory,
    signal: aborting.signal,
    onOutput: () => aborting.abort(new Error('enough')),
  });
  await expect(running).rejects.toThrow('enough');
  expect(isAlive(Number(await readFile(join(directory, 'pid'), 'utf8')))).toBe(false);
}, 15_000);

test('what runs on in the background ends with the command', async () => {
  const [pid = ''] = await run('sleep 60 & echo $!');
  await vi.waitFor(() => expect(isAlive(Number(pid))).toBe(false), 5000);
});

test('a process that has left the group and keeps the output open does not hold up the build', async () => {
  const script =
    "const c = require('child_process').spawn('sleep', ['60'], { detached: true, stdio: 'inherit' }); console.log(c.pid); c.unref()";
  const [pid = ''] = await run(`'${process.execPath}' -e "${script}"`);
  expect(isAlive(Number(pid))).toBe(true);
  process.kill(Number(pid));
}, 15_000);

test('an aborted signal starts nothing', async () => {
  const directory = await temporaryDirectory();
  await expect(
    run('touch started', { directory, signal: AbortSignal.abort(new Error('no')) }),
  ).rejects.toThrow('no');
  await expect(readFile(join(directory, 'started'))).rejects.toThrow('ENOENT');
});
