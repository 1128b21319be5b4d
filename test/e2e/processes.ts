// The processes of an embedded cluster, as the system shows them.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { SmallApp } from './small-app.ts';

const execute = promisify(execFile);

/** Pid of the daemon that runs an app's cluster. */
export async function daemonOf(app: SmallApp): Promise<number> {
  const text = await readFile(app.sandbox.path(app.cwd, '.fox/cluster/cluster.json'), 'utf8');
  return (JSON.parse(text) as { process: { pid: number } }).process.pid;
}

/** Pid of the router that a daemon runs; undefined while there is none. */
export async function routerOf(daemon: number): Promise<number | undefined> {
  const { stdout } = await execute('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  for (const line of stdout.split('\n')) {
    const [pid, parent, ...args] = line.trim().split(/\s+/);
    if (Number(parent) === daemon && args.some((arg) => arg.endsWith('router.js'))) return Number(pid);
  }
  return undefined;
}
