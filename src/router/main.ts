// The router's process: arguments, signals, exit codes.
import { parseArgs } from 'node:util';
import { FoxError } from '../core/errors.ts';
import { jsonLog, reasonOf } from './log.ts';
import { type RouterOptions, startRouter } from './start-router.ts';

const usage =
  'usage: node dist/router.js --kubeconfig <file> --namespace <name> --id <id> --edge <host>:<port> --mode embedded';

const log = jsonLog((line) => process.stdout.write(line));

/** @throws FoxError USAGE */
function readArguments(): Omit<RouterOptions, 'log'> {
  const { kubeconfig, namespace, id, edge, mode } = parseOptions();
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(edge ?? '') ?? [];
  if (
    kubeconfig === undefined ||
    namespace === undefined ||
    id === undefined ||
    host === undefined ||
    mode !== 'embedded'
  ) {
    throw new FoxError('USAGE', usage);
  }
  return { kubeconfig, namespace, id, edge: { host: host.replace(/^\[|\]$/g, ''), port: Number(port) } };
}

function parseOptions() {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ options: { kubeconfig: text, namespace: text, id: text, edge: text, mode: text } })
      .values;
  } catch (cause) {
    throw new FoxError('USAGE', usage, { cause });
  }
}

/** Ends the process; the reason is the last line on stderr. */
function fail(error: unknown): void {
  const isExpected = error instanceof FoxError;
  const text = isExpected || !(error instanceof Error) ? reasonOf(error) : (error.stack ?? error.message);
  process.stderr.write(`${text}\n`, () => end(isExpected ? error.exitCode : 70));
}

function end(code: number): void {
  // eslint-disable-next-line unicorn/no-process-exit
  process.exit(code);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
// Whoever reads the log may be gone; that is no reason to end.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

try {
  const router = await startRouter({ ...readArguments(), log });
  const stop = () => {
    router.stop().then(() => end(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The embedded cluster holds the other end of stdin: its death must end the router, too.
  process.stdin.on('end', stop).on('error', stop).resume();
} catch (error) {
  fail(error);
}
