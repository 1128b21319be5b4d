// Keeps back what is going well until all of it does: nothing is forwarded while no port is listened on.
import type { Emit, FoxEvent } from '../../core/events.ts';

/** Passes everything on at once but infos, which wait for `release`. */
export function holdInfos(emit: Emit): { readonly emit: Emit; release(this: void): void } {
  const held: FoxEvent[] = [];
  let isHolding = true;
  return {
    emit: (event) => {
      if (isHolding && event.type === 'info') held.push(event);
      else emit(event);
    },
    release: () => {
      isHolding = false;
      for (const event of held.splice(0)) emit(event);
    },
  };
}
