// What is told of pushes and of registries that have to be asked again.
import { expect, test } from 'vitest';
import { showPush, tellRetries } from '../../../../src/actions/session/place-images.ts';
import type { FoxEvent } from '../../../../src/core/events.ts';
import type { PushProgress } from '../../../../src/images/registry/registry-store.ts';

const reference = { app: 'shop', component: 'web', sourceHash: '0'.repeat(64) };

test.each<[Omit<PushProgress, 'reference'>, string, string]>([
  [{ state: 'started', sent: 0, there: 0, total: 42_302_000 }, 'started', 'Pushing web'],
  [
    { state: 'progress', sent: 1000, there: 42_300_000, total: 42_302_000 },
    'progress',
    'Pushing web (1 kB of 2 kB)',
  ],
  [
    { state: 'done', sent: 2000, there: 42_300_000, total: 42_302_000 },
    'done',
    'Pushed web (2 kB; 42.3 MB there already)',
  ],
  [{ state: 'done', sent: 42_300_000, there: 0, total: 42_300_000 }, 'done', 'Pushed web (42.3 MB)'],
  [
    { state: 'done', sent: 0, there: 42_300_000, total: 42_300_000 },
    'done',
    'Pushed web (all of its 42.3 MB were there already)',
  ],
  [{ state: 'failed', sent: 0, there: 0, total: 1 }, 'failed', 'Pushing web failed'],
  [{ state: 'cancelled', sent: 0, there: 0, total: 1 }, 'failed', 'Pushing web was cancelled'],
])('%j', (progress, state, text) => {
  const events: FoxEvent[] = [];
  showPush({ reference, ...progress }, (event) => void events.push(event));
  expect(events).toEqual([{ type: 'task', id: 'push web', state, text }]);
});

test('a reason to try again is told once, however often it comes', () => {
  const texts: string[] = [];
  const tell = tellRetries((event) => void texts.push('text' in event ? event.text : ''));
  const why = "can't reach the registry localhost:5999: nothing listens there";
  for (const each of [why, why, 'it failed (503)', why]) tell({ why: each });
  expect(texts).toEqual([`${why}; trying again`, 'it failed (503); trying again']);
});
