// The claim on a home: one process at a time may run, or clean up after, its cluster.
import { identify, isAlive, type ProcessIdentity } from '../runtime/process-identity.ts';
import type { RecordTable } from '../store/object-store.ts';

const key = 'owner';

/** Who has the claim, if that process still lives. */
export function readOwner(records: RecordTable): ProcessIdentity | undefined {
  const owner = records.get<ProcessIdentity>(key);
  return owner !== undefined && isAlive(owner) ? owner : undefined;
}

/**
 * Claims the home for this process, taking over from one that is dead.
 * @returns undefined when it is ours, else who has it.
 */
export async function claim(records: RecordTable): Promise<ProcessIdentity | undefined> {
  const self = ownIdentity();
  return records.update<ProcessIdentity, ProcessIdentity | undefined>(key, (owner) =>
    owner !== undefined && owner.pid !== self.pid && isAlive(owner)
      ? { value: owner, result: owner }
      : { value: self, result: undefined },
  );
}

/** Gives the claim up. */
export async function release(records: RecordTable): Promise<void> {
  const self = ownIdentity();
  await records.update<ProcessIdentity, void>(key, (owner) => ({
    value: owner?.pid === self.pid ? undefined : owner,
    result: undefined,
  }));
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const identity = identify(process.pid);
  if (identity === undefined)
    throw new Error("this process can't be told from others: neither /proc nor ps works");
  return identity;
}
