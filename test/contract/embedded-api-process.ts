// A process that uses a store, for tests that kill it or let several of them race: `<mode> <directory> [more]`.
import { writeSync } from 'node:fs';
import { openStore } from '../../src/embedded/store/lmdb-store.ts';
import { StatusError } from '../../src/embedded/store/status-error.ts';

const [mode, directory = '', argument = ''] = process.argv.slice(2);
const store = openStore(directory);

/** At once, whatever happens to the process next. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function configMap(name: string, text: string) {
  const metadata = { name, namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: '' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { text } };
}

/** Writes several objects at a time, for ever, and says each one that is acknowledged. */
async function write(writer: number): Promise<void> {
  for (let index = 0; ; index += 1) {
    const name = `w${writer}-${index}`;
    const { metadata } = await store.create('configmaps', configMap(name, name.repeat(500)));
    say(`${name} ${metadata.resourceVersion}`);
    if (index % 3 !== 0) continue;
    await store.remove('configmaps', 'default', name);
    say(`${name} removed`);
  }
}

/** Fills the disk, and says how each write ended. */
async function fill(): Promise<void> {
  for (let index = 0; index < 200; index += 1) {
    try {
      await store.create('configmaps', configMap(`f${index}`, 'x'.repeat(100_000)));
      say(`f${index} stored`);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      say(`f${index} ${error.code} ${error.reason}`);
      break;
    }
  }
  // Reads go on, and so does the writing of what still has room.
  say(`left ${store.list('configmaps').items.length} ${store.version}`);
  await store.remove('configmaps', 'default', 'f0');
  say(`removed ${store.list('configmaps').items.length} ${store.version}`);
}

switch (mode) {
  case 'write':
    await Promise.all([0, 1, 2, 3].map(write));
    break;
  case 'fill':
    await fill();
    break;
  case 'claim': {
    // The mutex by which two daemons that start at once make one cluster.
    const won = await store.records.update<string, boolean>('claim', (owner) => ({
      value: owner ?? argument,
      result: owner === undefined,
    }));
    say(won ? 'won' : 'lost');
    break;
  }
  case 'count':
    for (let index = 0; index < Number(argument); index += 1) {
      await store.records.update<number, undefined>('count', (count = 0) => ({
        value: count + 1,
        result: undefined,
      }));
    }
    say('done');
    break;
  case 'hold':
    await store.records.update<string, undefined>('held', () => {
      say('holding');
      // Never ends: the test kills the process inside of its transaction.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      return { value: 'never', result: undefined };
    });
    break;
  case undefined:
  default:
    throw new Error(`unknown mode ${mode}`);
}
await store.close();
