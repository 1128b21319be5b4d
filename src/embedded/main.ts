// The process edge of the embedded cluster's daemon: arguments, signals, last words and exit code.
import { parseArgs } from 'node:util';
import { FoxError } from '../core/errors.ts';
import { fileSystemError } from '../core/file-system-error.ts';
import { type DaemonOptions, startDaemon } from './daemon/daemon.ts';
import { type DaemonLog, openDaemonLog } from './daemon/daemon-log.ts';
import { daemonLogPath } from './daemon/daemon-log-path.ts';
import { daemonExit } from './daemon/exit-codes.ts';
import { watchHome } from './daemon/home-watch.ts';

/** Replaced by the version in package.json when fox is built. */
declare const FOX_VERSION: string;

const usage =
  'usage: embedded --home DIR --images DIR --router FILE [--keeper FILE] [--port N] [--edge-port N]';

/** Runs a cluster until it is told to stop. Resolves to the exit code. */
async function main(): Promise<number> {
  const given = readArguments();
  if (given === undefined) {
    process.stderr.write(`${usage}\n`);
    return daemonExit.usage;
  }
  const log = openDaemonLog(daemonLogPath(given.home));
  process.on('uncaughtException', (error) => fail(log, error));
  process.on('unhandledRejection', (error) => fail(log, error));
  const asked = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
  });
  try {
    const daemon = await startDaemon({ ...given, version: FOX_VERSION, environment: process.env, log });
    if (daemon === undefined) return daemonExit.alreadyRuns;
    const why = await Promise.race([asked, watchHome(given.home)]);
    log.info(`stopping: ${why}`);
    await daemon.stop();
    log.info('stopped');
    return 0;
  } catch (thrown) {
    const error = fileSystemError(thrown, 'write its files', given.home);
    if (!(error instanceof FoxError)) {
      log.error(error);
      return daemonExit.bug;
    }
    log.info(error.message);
    return error.code === 'PORT_TAKEN' ? daemonExit.portTaken : daemonExit.failed;
  }
}

/** A bug: what is in memory can't be trusted any more. What runs is ended by the next start. */
function fail(log: DaemonLog, error: unknown): void {
  log.error(error);
  process.exit(daemonExit.bug);
}

function readArguments():
  | Pick<DaemonOptions, 'home' | 'images' | 'router' | 'keeper' | 'port' | 'edgePort'>
  | undefined {
  const text = { type: 'string' } as const;
  const options = { home: text, images: text, router: text, keeper: text, port: text, 'edge-port': text };
  try {
    const { home, images, router, keeper, port, 'edge-port': edgePort } = parseArgs({ options }).values;
    if (home === undefined || images === undefined || router === undefined) return undefined;
    return {
      home,
      images,
      router,
      ...(keeper === undefined ? {} : { keeper }),
      ...(port === undefined ? {} : { port: portNumber(port) }),
      ...(edgePort === undefined ? {} : { edgePort: portNumber(edgePort) }),
    };
  } catch {
    return undefined;
  }
}

/** @throws RangeError */
function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`not a port: ${text}`);
  return port;
}

process.exit(await main());
