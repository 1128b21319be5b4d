// Whether routers go by the config.
import { expect, test } from 'vitest';
import { settingsDifference } from '../../../../src/actions/settings/settings-difference.ts';
import { defaultRouterSettings } from '../../../../src/core/routing/router-settings.ts';

test.each([
  ['nothing is said on either side', undefined, undefined],
  ['the config says what holds anyway', undefined, defaultRouterSettings],
  ['the config says nothing', { ...defaultRouterSettings, accessLog: false }, undefined],
  ['both say the same', { ...defaultRouterSettings, maxBody: 7 }, { ...defaultRouterSettings, maxBody: 7 }],
])('there is no difference where %s', (_, stored, wanted) => {
  expect(settingsDifference(stored, wanted, 'kubernetes')).toBeUndefined();
});

test('each setting that differs is told, with what mends it', () => {
  const stored = { ...defaultRouterSettings, trustedProxies: ['10.0.0.1', '10.0.0.2'], maxBody: 7 };
  const wanted = { ...defaultRouterSettings, accessLog: false };
  const difference = settingsDifference(stored, wanted, 'kubernetes');
  expect(difference?.details).toEqual([
    'trustedProxies: 10.0.0.1 10.0.0.2, and none in the config',
    'maxBody: 7, and any in the config',
    'accessLog: true, and false in the config',
  ]);
  expect(difference?.fix).toContain('`fox install`');
  expect(settingsDifference(undefined, wanted, 'embedded')?.fix).toContain('`fox deploy`');
});

test('settings that can’t be read are told of, whatever the config says', () => {
  const difference = settingsDifference('its ConfigMap is not readable', undefined, 'embedded');
  expect(difference?.text).toContain('its ConfigMap is not readable');
});
