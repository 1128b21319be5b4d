// Versions as routers know them: one that they can't use is told with the reason.
import { expect, test } from 'vitest';
import { requireRouted } from '../../../../src/actions/route/observed-table.ts';
import { RoutingTable } from '../../../../src/core/routing/table/routing-table.ts';
import { routedVersion } from '../../../../src/core/routing/table/routed-version.ts';
import { manifestOf } from '../../core/routing/routing-fixture.ts';

test('a version is there, damaged, or gone', () => {
  const table = new RoutingTable();
  table.setVersion(routedVersion(manifestOf('v1', { ui: {} }), ['dev']));
  table.setDamaged('shop', 'v2', 'its manifest is cut off');
  expect(requireRouted(table, 'shop', 'v1')).toMatchObject({ name: 'v1' });
  expect(() => requireRouted(table, 'shop', 'v2')).toThrow(
    "version v2 can't be routed to: its manifest is cut off",
  );
  expect(() => requireRouted(table, 'shop', 'v3')).toThrow("version v3 can't be routed to: it is gone");
});
