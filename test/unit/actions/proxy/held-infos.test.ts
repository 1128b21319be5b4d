// What a proxy says before it listens.
import { expect, test } from 'vitest';
import { holdInfos } from '../../../../src/actions/proxy/held-infos.ts';
import type { FoxEvent } from '../../../../src/core/events.ts';

test('infos wait until all is well; warnings do not', () => {
  const said: FoxEvent[] = [];
  const { emit, release } = holdInfos((event) => void said.push(event));
  const info = { type: 'info', text: 'Forwarding to router-1' } as const;
  const warning = { type: 'warning', text: 'trying again' } as const;
  emit(info);
  emit(warning);
  expect(said).toEqual([warning]);
  release();
  emit(info);
  expect(said).toEqual([warning, info, info]);
});
