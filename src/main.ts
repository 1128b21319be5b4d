// The process edge: arguments, signals, terminal and exit code. Wires the rest together.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { CommandContext } from './cli/command-definition.ts';
import { exitCodes, FoxError } from './core/errors.ts';
import type { Output, OutputFormat } from './output/output.ts';

/** Replaced by the version in package.json when fox is built. */
declare const FOX_VERSION: string;

/** What a run of fox touches of its process; tests give their own. */
export interface MainIo {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

const bugExitCode = 70;

/** A command that was cancelled has so long to give back what it holds, in ms: builds get 5 s to end. */
const cancelMilliseconds = 8_000;

/** Runs one command line (without `node` and `fox`). @returns the exit code. */
export async function main(args: readonly string[], io: MainIo): Promise<number> {
  // Answered before anything is loaded, as scripts ask for it often.
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    io.stdout.write(`${FOX_VERSION}\n`);
    return 0;
  }
  const { parseCommandLine } = await import('./cli/program.ts');
  const { typedFormat } = await import('./cli/typed-format.ts');
  let output = await openOutput(io, { output: typedFormat(args, io.env) });
  try {
    const parsed = parseCommandLine(args, FOX_VERSION, {
      env: io.env,
      write: (text) => void io.stdout.write(text),
    });
    if (parsed === undefined) return 0;
    output = await openOutput(io, parsed.input);
    await parsed.definition.run(parsed.input, commandContext(io, output, formatOf(parsed.input)));
    return 0;
  } catch (error) {
    const shown = io.signal.aborted ? cancelled() : error;
    output.error(shown);
    return shown instanceof FoxError ? shown.exitCode : bugExitCode;
  } finally {
    output.end();
  }
}

async function openOutput(io: MainIo, input: Readonly<Record<string, unknown>>): Promise<Output> {
  const { makeOutput } = await import('./output/output.ts');
  return makeOutput({
    stdout: io.stdout,
    stderr: io.stderr,
    env: io.env,
    format: formatOf(input),
    quiet: input['quiet'] === true,
    verbose: input['verbose'] === true,
    noColour: input['color'] === false,
  });
}

function formatOf(input: Readonly<Record<string, unknown>>): OutputFormat {
  return (input['output'] as OutputFormat | undefined) ?? 'text';
}

function commandContext(io: MainIo, output: Output, format: OutputFormat): CommandContext {
  return {
    cwd: io.cwd,
    env: io.env,
    emit: output.emit,
    signal: io.signal,
    now: () => new Date(),
    newId: () => randomUUID(),
    user: `${userInfo().username}@${hostname()}`,
    installation: fileURLToPath(new URL('..', import.meta.url)),
    output,
    stdin: io.stdin,
    isInteractive: io.stdin.isTTY && io.stderr.isTTY,
    ...(io.stdin.isTTY && io.stderr.isTTY ? { terminal: { stdin: io.stdin, stderr: io.stderr } } : {}),
    runFox: async (args, cwd, without) => {
      const env = Object.fromEntries(Object.entries(io.env).filter(([name]) => !without.includes(name)));
      // Standard output is for the result alone, where that is read by a program.
      const stdout = format === 'text' ? io.stdout : io.stderr;
      const code = await main(args, { ...io, cwd, env, stdout });
      if (code !== 0)
        throw new FoxError('WORKLOAD_FAILED', `\`fox ${args.join(' ')}\` failed with exit code ${code}`);
    },
  };
}

function cancelled(): FoxError {
  return new FoxError('CANCELLED', 'cancelled', {
    hints: ['Run the same command again to complete it: what is done stays done.'],
  });
}

/** Runs fox as this process; ends it. */
export async function runProcess(): Promise<never> {
  const controller = new AbortController();
  const onSignal = () => {
    // The second time, somebody means it.
    if (controller.signal.aborted) process.exit(exitCodes.CANCELLED);
    controller.abort(cancelled());
    // Whatever doesn't hear of it must not keep anybody waiting.
    setTimeout(() => process.exit(exitCodes.CANCELLED), cancelMilliseconds).unref();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endWithoutOutput);
  const { stdin, stdout, stderr, env } = process;
  const code = await main(process.argv.slice(2), {
    cwd: process.cwd(),
    env,
    stdin,
    stdout,
    stderr,
    signal: controller.signal,
  });
  // Pipes take what was written later than process.exit would wait for.
  await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
  process.exit(code);
}

/** Whoever read our output has gone (`fox logs | head`): there is nobody to tell. Else, e.g. on a full disk, the result is lost. */
function endWithoutOutput(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  try {
    writeSync(2, `Error: the output can't be written: ${error.message}\n`);
  } finally {
    process.exit(exitCodes.FILE_SYSTEM);
  }
}
