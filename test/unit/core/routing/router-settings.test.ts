// Settings of routers as they are kept, and as routers ask them.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  defaultRouterSettings,
  doubtsAbout,
  readSettings,
  type RouterSettings,
  settingsInForce,
  settingsText,
} from '../../../../src/core/routing/router-settings.ts';

describe('settings', () => {
  test('are the same after they were kept', () => {
    const networks = fc.array(fc.constantFrom('10.0.0.0/8', '192.0.2.1', '2001:db8::/32'));
    const anySettings: fc.Arbitrary<RouterSettings> = fc
      .tuple(networks, networks, fc.boolean(), fc.option(fc.integer({ min: 1 }), { nil: undefined }))
      .map(([trustedProxies, internalNetworks, accessLog, maxBody]) => ({
        trustedProxies,
        internalNetworks,
        accessLog,
        ...(maxBody === undefined ? {} : { maxBody }),
      }));
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(readSettings(settingsText(settings))).toEqual(settings);
      }),
    );
  });

  test('that are left out are as by default, and what isn’t known is passed over', () => {
    expect(readSettings('{"maxBody":5,"later":true}')).toEqual({ ...defaultRouterSettings, maxBody: 5 });
  });

  test.each([
    [undefined, 'its ConfigMap has no settings in it'],
    ['', 'its ConfigMap is not readable'],
    ['[]', 'its ConfigMap is not readable'],
    ['null', 'its ConfigMap is not readable'],
    ['{"trustedProxies":"10.0.0.0/8"}', 'its trustedProxies are not readable'],
    ['{"trustedProxies":["10.0.0.0/33"]}', 'its trustedProxies are not readable'],
    ['{"internalNetworks":[7]}', 'its internalNetworks are not readable'],
    ['{"maxBody":"1GiB"}', 'its maxBody is not readable'],
    ['{"maxBody":-1}', 'its maxBody is not readable'],
    ['{"accessLog":"yes"}', 'its accessLog is not readable'],
  ])('%s: %s', (text, why) => {
    expect(readSettings(text)).toBe(why);
  });

  test('are ready to be asked', () => {
    const given = { ...defaultRouterSettings, trustedProxies: ['10.0.0.1'], internalNetworks: ['10.0.0.2'] };
    const { proxies, insiders } = settingsInForce(given);
    expect([proxies.has('10.0.0.1'), insiders.has('10.0.0.1')]).toEqual([true, false]);
    expect([proxies.has('10.0.0.2'), insiders.has('10.0.0.2')]).toEqual([false, true]);
  });

  test('that let everybody in are doubted', () => {
    expect(doubtsAbout(defaultRouterSettings)).toEqual([]);
    const all = {
      ...defaultRouterSettings,
      trustedProxies: ['::/0'],
      internalNetworks: ['10.0.0.0/8', '0.0.0.0/0'],
    };
    expect(doubtsAbout(all)).toEqual([
      'router.trustedProxies has ::/0: whoever reaches the routers can claim to be any client',
      'router.internalNetworks has 0.0.0.0/0: access "internal" keeps nobody out',
    ]);
  });
});
