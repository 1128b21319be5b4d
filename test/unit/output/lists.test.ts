// What `fox delete` and `fox prune` say of streams that they cut.
import { describe, expect, it } from 'vitest';
import type { DeleteResult } from '../../../src/actions/delete-version.ts';
import { makeStyle } from '../../../src/output/style.ts';
import { deleteText, pruneText } from '../../../src/output/text/lists.ts';

const style = makeStyle(false);

const deleted: DeleteResult = {
  schema: 'fox/v1',
  kind: 'delete',
  app: 'shop',
  version: 'v1',
  existed: true,
  workloads: ['shop-web-1'],
  scale: [],
  streams: 3,
  dryRun: false,
};

it('pods that others want fewer of are told, whatever else leaves', () => {
  const scale = [{ name: 'shop-api-1', component: 'api', workload: '1', before: 3, after: 2 }];
  for (const workloads of [deleted.workloads, []])
    expect(deleteText({ ...deleted, workloads, scale }, style)).toContain('shop-api-1: 3 → 2 pods');
});

describe('streams that end', () => {
  it('with a version are told, before and after', () => {
    expect(deleteText(deleted, style)).toContain('3 open streams (WebSockets, events) were cut.');
    expect(deleteText({ ...deleted, dryRun: true }, style)).toContain('would be cut');
    expect(deleteText({ ...deleted, streams: 1 }, style)).toContain('1 open stream (WebSockets, events) was');
    expect(deleteText({ ...deleted, streams: 0 }, style)).not.toContain('stream');
  });

  it('with unused workloads stand beside them', () => {
    const item = {
      app: 'shop',
      type: 'workload',
      name: 'shop-web-1',
      reason: 'no version needs it',
    } as const;
    const text = pruneText(
      { schema: 'fox/v1', kind: 'prune', items: [{ ...item, streams: 2 }, item], dryRun: true },
      style,
    );
    expect(text.match(/open streams: 2/g)).toHaveLength(1);
  });
});
