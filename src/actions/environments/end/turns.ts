// Lets others have their turn in long work that waits for nothing: a Lease has to be renewed meanwhile.
import { setImmediate } from 'node:timers/promises';

/** Ms after which others get their turn. */
const longestTurn = 20;

/** To be awaited after each piece of work; takes no time while it isn't the others' turn. */
export function turns(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < longestTurn) return;
    await setImmediate();
    since = performance.now();
  };
}
