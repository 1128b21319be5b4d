import { expect, test } from 'vitest';
import { prebuiltRecord, readPrebuiltRecord } from '../../../../src/images/registry/prebuilt-record.ts';

const image = `ghcr.io/acme/ui@sha256:${'0'.repeat(64)}`;

test('what a prebuilt image was is remembered in a manifest that is the same each time', () => {
  const record = prebuiltRecord(image);
  expect(readPrebuiltRecord(record, 'x')).toBe(image);
  expect(prebuiltRecord(image).digest).toBe(record.digest);
  expect(JSON.parse(Buffer.from(record.bytes).toString())).toMatchObject({
    schemaVersion: 2,
    artifactType: 'application/vnd.kubefox.prebuilt.v1',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', size: 2 },
  });
});

test.each([
  ['no JSON', '{'],
  ['an image', '{"schemaVersion":2,"config":{},"layers":[]}'],
  ['a record without a digest', Buffer.from(prebuiltRecord('ghcr.io/acme/ui:1').bytes).toString()],
  ['a record of nonsense', Buffer.from(prebuiltRecord('https://x').bytes).toString()],
])('%s is not such a record', (_, text) => {
  expect(() => readPrebuiltRecord({ bytes: Buffer.from(text) }, 'order/ui:1')).toThrow(
    'order/ui:1 is not what fox keeps of a prebuilt image',
  );
});
