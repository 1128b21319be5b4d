// A deploy that installs routers first: what is said along the way.
import { expect, it } from 'vitest';
import type { CommandContext } from '../../src/cli/command-definition.ts';
import { offeringInstall } from '../../src/cli/install-offer.ts';
import type { FoxEvent } from '../../src/core/events.ts';

const info = (text: string) => ({ type: 'info', text }) as const;

it('names the cluster once, however many runs do so', async () => {
  const said: FoxEvent[] = [];
  const surroundings = { emit: (event: FoxEvent) => void said.push(event) } as CommandContext;
  const result = await offeringInstall({}, surroundings, async ({ emit }) => {
    for (const text of ['Cluster dev', 'Cluster dev', 'Created it']) emit(info(text));
    for (const text of ['careful', 'careful']) emit({ type: 'warning', text });
    return 'done';
  });
  expect(result).toBe('done');
  const careful = { type: 'warning', text: 'careful' };
  expect(said).toEqual([info('Cluster dev'), info('Created it'), careful, careful]);
});
