import { expect, it } from 'vitest';
import { withRegistryOption } from '../../../../src/actions/place/registry-choice.ts';

const settings = {
  builder: 'podman',
  registry: { prefix: 'registry.lan:5000/order', insecure: true, pullSecret: true },
} as const;

function registryWith(registry: string) {
  return withRegistryOption(settings, { registry });
}

it("is the config's unless another is named", () => {
  expect(withRegistryOption(settings, {})).toBe(settings);
  expect(withRegistryOption({}, {})).toEqual({});
  expect(withRegistryOption({}, { registry: 'ghcr.io/acme' })).toEqual({
    registry: { prefix: 'ghcr.io/acme', insecure: false, pullSecret: false },
  });
});

it('is spoken to in plain HTTP only where the config says so of that host', () => {
  expect(registryWith('registry.lan:5000/other')).toEqual({
    builder: 'podman',
    registry: { prefix: 'registry.lan:5000/other', insecure: true, pullSecret: true },
  });
  expect(registryWith('registry.lan/order').registry).toMatchObject({ insecure: false, pullSecret: true });
});
