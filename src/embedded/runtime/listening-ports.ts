// On Linux: the TCP ports on which the processes of a group listen. Elsewhere nothing is known.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { readProcess } from './process-identity.ts';

const listening = '0A';

/** Ports on which a process group listens, ascending; empty where the system doesn't tell. */
export async function listeningPorts(group: number): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const sockets = await listeningSockets();
  const ports = new Set<number>();
  for (const name of await entries('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || readProcess(pid)?.group !== group) continue;
    for (const descriptor of await entries(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      const port = sockets.get(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '');
      if (port !== undefined) ports.add(port);
    }
  }
  return [...ports].toSorted((a, b) => a - b);
}

/** Port by the socket's inode. */
async function listeningSockets(): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for (const table of ['tcp', 'tcp6']) {
    const text = await readFile(`/proc/net/${table}`, 'latin1').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const port = Number.parseInt(fields[1]?.split(':').at(-1) ?? '', 16);
      if (fields[3] === listening && fields[9] !== undefined) ports.set(fields[9], port);
    }
  }
  return ports;
}

/** Processes come and go while /proc is read, and others' can't be looked into. */
function entries(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => []);
}
