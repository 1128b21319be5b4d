// The ports of the cluster itself: chosen free once, then the same at each start, as long as nobody else takes them.
import { FoxError } from '../../core/errors.ts';
import type { PortAllocator } from '../runtime/port-allocator.ts';
import type { RecordTable } from '../store/object-store.ts';

/** A port, and which one it was before when that is taken now. */
export interface RememberedPort {
  readonly port: number;
  readonly movedFrom?: number;
}

/**
 * The port of that name.
 * @param asked the one that it has to be.
 * @throws FoxError PORT_TAKEN when that one is in use.
 */
export async function rememberedPort(
  records: RecordTable,
  ports: PortAllocator,
  name: 'api' | 'edge',
  asked: number | undefined,
): Promise<RememberedPort> {
  const key = `port/${name}`;
  const before = records.get<number>(key);
  const chosen = await choose(ports, name, asked, before);
  if (chosen.port !== before)
    await records.update<number, void>(key, () => ({ value: chosen.port, result: undefined }));
  return chosen;
}

async function choose(
  ports: PortAllocator,
  name: string,
  asked: number | undefined,
  before: number | undefined,
): Promise<RememberedPort> {
  if (asked !== undefined) {
    if (await ports.claim(asked, name)) return { port: asked };
    throw new FoxError('PORT_TAKEN', `port ${asked} of 127.0.0.1 is in use by another process`, {
      hints: ['Choose another port, or leave it out to have a free one chosen.'],
    });
  }
  if (before === undefined) return { port: await ports.choose(name) };
  if (await ports.claim(before, name)) return { port: before };
  return { port: await ports.choose(name), movedFrom: before };
}
