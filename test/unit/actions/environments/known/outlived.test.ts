// Virtual environments that others outlive: told when that is asked for, and shown once their time is over.
import { expect, test } from 'vitest';
import { planChange } from '../../../../../src/actions/environments/change/change-plan.ts';
import { environmentItems } from '../../../../../src/actions/environments/list.ts';
import { tellOutlived } from '../../../../../src/actions/environments/known/outlived.ts';
import type { EnvironmentDefinition } from '../../../../../src/core/environments/environment-definition.ts';
import type { FoxEvent } from '../../../../../src/core/events.ts';
import { timeText } from '../../../../../src/output/text/environments.ts';
import { namespaceOf } from '../../namespace-fixture.ts';

const noon = '2026-01-01T12:00:00Z';
const evening = '2026-01-01T18:00:00Z';
const team: EnvironmentDefinition = { name: 'team', vars: {}, expiresAt: noon };
const child: EnvironmentDefinition = { name: 'pr-123', vars: {}, parent: 'team', expiresAt: evening };
const state = namespaceOf({ environments: [team, child, { name: 'pr-1', parent: 'team', expiresAt: noon }] });

/** What the list says of the time of `team`. */
function timeAt(moment: string): string | undefined {
  const item = environmentItems(state, Date.parse(moment)).find(({ name }) => name === 'team');
  return item === undefined ? undefined : timeText(item);
}

test('one whose time is over says whom it waits for', () => {
  expect(timeAt('2026-01-01T11:00:00Z')).toBe('1h left');
  expect(timeAt('2026-01-01T13:00:00Z')).toBe('over, waits for pr-123');
  expect(timeAt('2026-01-01T19:00:00Z')).toBe('expired 7h ago');
});

function told(...put: readonly EnvironmentDefinition[]): string[] {
  const events: FoxEvent[] = [];
  tellOutlived(planChange(state, { put }), { emit: (event) => void events.push(event) });
  return events.flatMap((event) => (event.type === 'info' ? [event.text] : []));
}

function line(name: string, at: string): string {
  return `${name} won't end at ${at}: it waits until pr-123, which inherits from it, has ended`;
}

test('a time to live that makes an end wait is told, on either side', () => {
  const { expiresAt: _, ...pinned } = child;
  expect(told(pinned)).toEqual([line('team', noon)]);
  expect(told({ ...team, expiresAt: '2026-01-01T17:00:00Z' })).toEqual([
    line('team', '2026-01-01T17:00:00Z'),
  ]);
  expect(told({ ...team, expiresAt: evening })).toEqual([]);
  expect(told({ ...team, vars: { A: 1 } })).toEqual([]);
});
