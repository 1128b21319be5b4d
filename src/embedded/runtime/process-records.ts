// Remembers durably which processes were started for which pods, so that none is left behind by a daemon that died.
import type { RecordTable } from '../store/object-store.ts';
import { markedProcesses } from './marked-processes.ts';
import { pause } from './pause.ts';
import { isAlive, identify, type ProcessIdentity } from './process-identity.ts';
import { signalGroup, signalProcess } from './signals.ts';
import { StrayEnder } from './stray-ender.ts';

/** `identity` is absent between the intention to start a process and its start. */
interface ProcessRecord {
  readonly identity?: ProcessIdentity;
}

const prefix = 'process/';
const gentleMilliseconds = 2000;
const pollMilliseconds = 20;

/** Records of started processes, by pod and container. */
export class ProcessRecords {
  readonly #records: RecordTable;
  readonly #strays = new StrayEnder();

  constructor(records: RecordTable) {
    this.#records = records;
  }

  /** To be called before a process is started: from here on it can be found by its mark. */
  intend(podUid: string, container: string): Promise<void> {
    return this.#save(podUid, container, {});
  }

  /** The process runs. */
  started(podUid: string, container: string, pid: number): Promise<void> {
    const identity = identify(pid);
    return this.#save(podUid, container, identity === undefined ? {} : { identity });
  }

  /**
   * Ends what a pod's processes have left outside of their groups, and forgets the pod. Until then a record stays, also
   * when its process has ended: it is the only trace of what that may have started.
   */
  async forget(podUid: string): Promise<void> {
    const entries = this.#records.entries<ProcessRecord>(`${prefix}${podUid}/`);
    if (entries.length === 0) return;
    await this.#strays.end(podUid);
    for (const { key } of entries)
      await this.#records.update(key, () => ({ value: undefined, result: undefined }));
  }

  /**
   * Ends what a dead daemon left running: exactly the recorded processes with their groups, and all that carry the mark
   * of a recorded pod. Each gets the time to end by itself. Resolves to how many there were.
   */
  async endOrphans(): Promise<number> {
    const entries = this.#records.entries<ProcessRecord>(prefix);
    const podUids = new Set(entries.map(({ key }) => key.slice(prefix.length).split('/')[0] ?? ''));
    const leaders = entries.flatMap(({ value }) => value.identity ?? []).filter(isAlive);
    const marked = await markedProcesses(podUids);
    await endProcesses(leaders, marked);
    // What they started meanwhile carries the mark, too.
    await endProcesses([], await markedProcesses(podUids));
    for (const { key } of entries)
      await this.#records.update(key, () => ({ value: undefined, result: undefined }));
    return new Set([...leaders, ...marked].map(({ pid }) => pid)).size;
  }

  #save(podUid: string, container: string, value: ProcessRecord): Promise<void> {
    const key = `${prefix}${podUid}/${container}`;
    return this.#records.update<ProcessRecord, void>(key, () => ({ value, result: undefined }));
  }
}

async function endProcesses(
  leaders: readonly ProcessIdentity[],
  single: readonly ProcessIdentity[],
): Promise<void> {
  signalAll(leaders, single, 'SIGTERM');
  const patience = Date.now() + gentleMilliseconds;
  while ([...leaders, ...single].some(isAlive) && Date.now() < patience) await pause(pollMilliseconds);
  signalAll(leaders, single, 'SIGKILL');
  while ([...leaders, ...single].some(isAlive) && Date.now() < patience + gentleMilliseconds) {
    await pause(pollMilliseconds);
  }
}

function signalAll(
  leaders: readonly ProcessIdentity[],
  single: readonly ProcessIdentity[],
  signal: 'SIGTERM' | 'SIGKILL',
): void {
  for (const leader of leaders) if (isAlive(leader)) signalGroup(leader.pid, signal);
  for (const identity of single) if (isAlive(identity)) signalProcess(identity.pid, signal);
}
