// Manifests: what is read is what was written, small enough for a ConfigMap, and damage is told.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeManifest,
  encodeManifest,
  manifestDigest,
  sameContent,
  type VersionManifest,
} from '../../../../src/core/version/manifest.ts';
import { anySketches, manifestOf, reordered } from './identity-fixture.ts';

const manifest = manifestOf('v1', { web: { calls: ['api'], forwards: true }, api: {} });

const random = (text: string, length: number) =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

const change = (part: Partial<VersionManifest>): VersionManifest => ({ ...manifest, ...part });

const zipped = (text: string) => gzipSync(text).toString('base64');

test('what is decoded is what was encoded', () => {
  fc.assert(
    fc.property(anySketches, (sketches) => {
      const written = manifestOf('v1', sketches);
      const read = decodeManifest(encodeManifest(written), 'v1');
      expect(read).toEqual(written);
      expect(manifestDigest(read)).toBe(manifestDigest(written));
    }),
  );
});

test('the same manifest is encoded the same, however its keys are ordered', () => {
  expect(encodeManifest(reordered(manifest))).toBe(encodeManifest(manifest));
  expect(manifestDigest(reordered(manifest))).toBe(manifestDigest(manifest));
});

test('a thousand components fit into a ConfigMap with room to spare', () => {
  const names = Array.from({ length: 1000 }, (_, n) => `component-${random(`${n}`, 20)}`);
  const big = manifestOf(
    'v1',
    Object.fromEntries(
      names.map((name, n) => [name, { source: random(name, 40), calls: names.slice(n + 1, n + 6) }]),
    ),
  );
  const components = Object.entries(big.components).map(([name, component]) => {
    const settings = {
      DATABASE: { type: 'string', required: true, description: `of ${name}` },
      LIMIT: { type: 'number', required: false, default: name.length },
    } as const;
    return [
      name,
      {
        ...component,
        template: { ...component.template, env: settings, healthPath: '/healthz' },
        routes: [{ rule: `PathPrefix(\`/${name}\`)` }],
        modules: ['one', 'two'],
      },
    ] as const;
  });
  const encoded = encodeManifest({ ...big, components: Object.fromEntries(components) });
  // Base64 is what counts on the way; the limit of a ConfigMap is 1 MiB.
  expect(encoded.length).toBeLessThan(512 * 1024);
});

describe('the digest', () => {
  test('changes with every part', () => {
    const web = manifest.components['web'];
    const changed = [
      change({ app: 'x' }),
      change({ version: 'v2' }),
      change({ commit: '1'.repeat(40) }),
      change({ mutable: true }),
      change({ dirty: true }),
      change({ components: {} }),
      ...(web === undefined
        ? []
        : [
            { ...web, image: 'x' },
            { ...web, replicas: 2 },
            { ...web, routes: [{ rule: 'Path(`/`)' }] },
            { ...web, forwardsContext: false },
            { ...web, modules: ['m'] },
            { ...web, tree: 'x' },
            { ...web, template: { ...web.template, port: 1 } },
          ].map((each) => change({ components: { ...manifest.components, web: each } }))),
    ];
    expect(new Set([manifest, ...changed].map(manifestDigest)).size).toBe(14);
  });

  test('says nothing of images where only the content is compared', () => {
    const built = manifestOf('v1', { web: { calls: ['api'], forwards: true }, api: {} }, 'sha256:other');
    expect(manifestDigest(built)).not.toBe(manifestDigest(manifest));
    expect(sameContent(built, manifest)).toBe(true);
    expect(sameContent(manifest, change({ commit: 'x' }))).toBe(false);
    expect(
      sameContent(
        manifest,
        manifestOf('v1', { web: { calls: ['api'], forwards: true, replicas: 2 }, api: {} }),
      ),
    ).toBe(false);
  });
});

describe('damage', () => {
  test.each([
    ['nothing', ''],
    ['no gzip', Buffer.from('{}').toString('base64')],
    ['half of it', encodeManifest(manifest).slice(0, 100)],
    ['no JSON', zipped('{')],
    ['null', zipped('null')],
    ['a list', zipped('[]')],
    ['a manifest without components', zipped('{"format":1,"app":"x"}')],
    ['a bomb', gzipSync(Buffer.alloc(65 * 1024 * 1024)).toString('base64')],
  ])('is told: %s', (_, encoded) => {
    expect(() => decodeManifest(encoded, 'v1')).toThrowError(
      expect.objectContaining({ code: 'CLUSTER_ERROR', message: 'the manifest of version v1 is damaged' }),
    );
  });

  test('an unknown format is refused with both numbers', () => {
    expect(() => decodeManifest(zipped('{"format":2,"app":"x","components":{}}'), 'v1')).toThrowError(
      expect.objectContaining({
        code: 'CLUSTER_ERROR',
        message: 'version v1 has manifest format 2; this fox knows format 1',
      }),
    );
  });
});
