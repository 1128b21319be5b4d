// The keeper's process: arguments, signals, exit codes.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { ApiClient } from '../cluster/api/api-client.ts';
import { type Connection, openTransport } from '../cluster/api/transport.ts';
import { readConnection } from '../cluster/connection/embedded-kubeconfig.ts';
import { podConnection } from '../cluster/connection/pod-connection.ts';
import { Namespace } from '../cluster/namespace.ts';
import { FoxError } from '../core/errors.ts';
import { jsonLog, reasonOf } from './log.ts';
import { keeperHealth, startKeeper } from './start-keeper.ts';

/** Replaced by the version in package.json when fox is built. */
declare const FOX_VERSION: string;

const usage = [
  'usage: node dist/keeper.js --mode embedded --kubeconfig <file> --namespace <name> --id <id>',
  '       node dist/keeper.js --mode kubernetes --namespace <name> --id <pod> [--uid <uid>] --health <port>',
].join('\n');

const log = jsonLog((line) => process.stdout.write(line));

/** @throws FoxError USAGE */
function readArguments() {
  const text = { type: 'string' } as const;
  const options = { mode: text, kubeconfig: text, namespace: text, id: text, uid: text, health: text };
  try {
    const { mode, kubeconfig, namespace, id, uid, health } = parseArgs({ options }).values;
    if (namespace === undefined || id === undefined) throw new Error('a name is missing');
    if (mode === 'embedded' && kubeconfig !== undefined) return { mode, kubeconfig, namespace, id } as const;
    if (mode === 'kubernetes' && health !== undefined && /^\d{1,5}$/.test(health))
      return {
        mode,
        namespace,
        id,
        health: Number(health),
        ...(uid === undefined ? {} : { podUid: uid }),
      } as const;
    throw new Error('options are missing');
  } catch (cause) {
    throw new FoxError('USAGE', usage, { cause });
  }
}

async function connect(options: ReturnType<typeof readArguments>): Promise<Connection> {
  return options.mode === 'embedded' ? readConnection(options.kubeconfig) : podConnection(process.env);
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
  const options = readArguments();
  const { mode, namespace, id } = options;
  const transport = openTransport(await connect(options));
  const ending = new AbortController();
  const client = new ApiClient(transport.send, namespace, ending.signal);
  const version = typeof FOX_VERSION === 'undefined' ? 'development' : FOX_VERSION;
  const own = 'podUid' in options ? { podUid: options.podUid } : {};
  const keeper = startKeeper({ namespace: new Namespace(client, mode), id, version, log, ...own });
  const stop = () => {
    ending.abort();
    keeper.stop().then(() => end(0), fail);
  };
  // From the beginning: the first process of a container ignores signals that it doesn't handle.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The embedded cluster holds the other end of stdin: its death must end the keeper, too. A pod has no stdin.
  if (mode === 'embedded') process.stdin.on('end', stop).on('error', stop).resume();
  else await once(keeperHealth(keeper.isReady).listen(options.health), 'listening');
} catch (error) {
  fail(error);
}
