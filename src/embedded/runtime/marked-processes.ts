// Finds the processes of pods by a mark in their environment, which all that they start inherits.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { identify, type ProcessIdentity } from './process-identity.ts';

/** Variable that holds the uid of the pod for which a process was started. */
export const podUidVariable = 'FOX_POD_UID';

const run = promisify(execFile);
const listBytes = 64 * 1024 * 1024;

/** Running processes that carry the mark of one of these pods, this one never among them. */
export async function markedProcesses(podUids: ReadonlySet<string>): Promise<ProcessIdentity[]> {
  if (podUids.size === 0) return [];
  const found = process.platform === 'linux' ? await readProc(podUids) : await askPs(podUids);
  return found.filter((pid) => pid !== process.pid).flatMap((pid) => identify(pid) ?? []);
}

async function readProc(podUids: ReadonlySet<string>): Promise<number[]> {
  const pids: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // Other users' environments can't be read; their processes aren't ours.
    const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
    const mark = environment.split('\0').find((variable) => variable.startsWith(`${podUidVariable}=`));
    if (mark !== undefined && podUids.has(mark.slice(podUidVariable.length + 1))) pids.push(Number(name));
  }
  return pids;
}

async function askPs(podUids: ReadonlySet<string>): Promise<number[]> {
  const { stdout } = await run('ps', ['-axwwE', '-o', 'pid=,command='], { maxBuffer: listBytes });
  return stdout.split('\n').flatMap((line) => {
    const uid = new RegExp(`\\s${podUidVariable}=(\\S+)`).exec(line)?.[1];
    return uid !== undefined && podUids.has(uid) ? [Number.parseInt(line, 10)] : [];
  });
}
