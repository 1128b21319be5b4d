// The router's process: arguments, signals, exit codes.
import { parseArgs } from 'node:util';
import { FoxError } from '../core/errors.ts';
import type { ListenAddress } from './server/listen.ts';
import { jsonLog, reasonOf } from './log.ts';
import { type KubernetesOptions, type RouterOptions, startRouter } from './start-router.ts';

/** Replaced by the version in package.json when fox is built. */
declare const FOX_VERSION: string;

const usage = [
  'usage: node dist/router.js --mode embedded --kubeconfig <file> --namespace <name> --id <id> --edge <host>:<port>',
  '       node dist/router.js --mode kubernetes [--kubeconfig <file>] --namespace <name> --id <pod> [--uid <uid>]',
  '            --edge <host>:<port> --internal <host>:<port> --health <host>:<port> [--drain <seconds>]',
].join('\n');

/** Until everybody has learnt that a pod is going: kube-proxies within a second or two, load balancers later. In seconds. */
const defaultDrain = '10';

const log = jsonLog((line) => process.stdout.write(line));

/** @throws FoxError USAGE */
function readArguments(): Omit<RouterOptions, 'log' | 'accessLog'> {
  const { kubeconfig, namespace, id, edge, mode, ...rest } = parseOptions();
  if (namespace === undefined || id === undefined) throw new FoxError('USAGE', usage);
  const isEmbedded = mode === 'embedded' && kubeconfig !== undefined;
  if (!isEmbedded && mode !== 'kubernetes') throw new FoxError('USAGE', usage);
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    namespace,
    id,
    version: typeof FOX_VERSION === 'undefined' ? 'development' : FOX_VERSION,
    edge: readAddress(edge),
    ...(isEmbedded ? {} : { kubernetes: readKubernetes(rest) }),
  };
}

function readKubernetes({
  internal,
  health,
  uid,
  drain = defaultDrain,
}: Readonly<Record<'internal' | 'health' | 'uid' | 'drain', string | undefined>>): KubernetesOptions {
  if (!/^\d{1,4}(\.\d+)?$/.test(drain)) throw new FoxError('USAGE', usage);
  return {
    internal: readAddress(internal),
    health: readAddress(health),
    ...(uid === undefined ? {} : { podUid: uid }),
    drain: Number(drain) * 1_000,
  };
}

function readAddress(text = ''): ListenAddress {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined) throw new FoxError('USAGE', usage);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function parseOptions() {
  const text = { type: 'string' } as const;
  const names = {
    kubeconfig: text,
    namespace: text,
    id: text,
    uid: text,
    edge: text,
    internal: text,
    health: text,
    drain: text,
    mode: text,
  };
  try {
    const { uid, internal, health, drain, ...values } = parseArgs({ options: names }).values;
    return { ...values, uid, internal, health, drain };
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
  const options = readArguments();
  const starting = startRouter({ ...options, log, accessLog: process.stdout });
  const stop = () => {
    starting.then(async (router) => router.stop()).then(() => end(0), fail);
  };
  // From the beginning: the first process of a container ignores signals that it doesn't handle.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The embedded cluster holds the other end of stdin: its death must end the router, too. A pod has no stdin.
  if (options.kubernetes === undefined) process.stdin.on('end', stop).on('error', stop).resume();
  await starting;
} catch (error) {
  fail(error);
}
