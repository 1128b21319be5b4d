// The line of requests that wait for room: first come, first served.
import { expect, test } from 'vitest';
import { WaitingLine } from '../../../../src/router/delivery/waiting-line.ts';

/** Waiters that take from `room`, and tell their name when they got some. */
function lineOf(names: readonly string[], room: { free: number }) {
  const line = new WaitingLine();
  const served: string[] = [];
  const waiters = names.map((name) => {
    const waiter = {
      tryAgain: () => {
        if (room.free === 0) return false;
        room.free -= 1;
        line.leave(waiter);
        served.push(name);
        return true;
      },
    };
    line.join(waiter);
    return waiter;
  });
  return { line, served, waiters };
}

test('who came first is served first, as far as there is room', () => {
  const room = { free: 2 };
  const { line, served } = lineOf(['a', 'b', 'c'], room);
  line.serve();
  expect(served).toEqual(['a', 'b']);
  expect(line.length).toBe(1);
  room.free = 5;
  line.serve();
  expect(served).toEqual(['a', 'b', 'c']);
  expect(line.length).toBe(0);
});

test('who leaves is not waited for', () => {
  const { line, served, waiters } = lineOf(['a', 'b'], { free: 1 });
  const [first] = waiters;
  if (first !== undefined) line.leave(first);
  line.serve();
  expect(served).toEqual(['b']);
});

test('what is served may give back at once what it took', () => {
  const line = new WaitingLine();
  let served = 0;
  for (let index = 0; index < 3; index++) {
    const waiter = {
      tryAgain: () => {
        line.leave(waiter);
        served += 1;
        line.serve();
        return true;
      },
    };
    line.join(waiter);
  }
  line.serve();
  expect(served).toBe(3);
});
