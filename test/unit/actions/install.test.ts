// Options of `fox install` that make sense only together are refused before anything is looked for.
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import type { ActionContext } from '../../../src/actions/context.ts';
import { install, planInstallation } from '../../../src/actions/install.ts';
import type { InstallOptions } from '../../../src/actions/install/wanted-installation.ts';

const context: ActionContext = {
  cwd: tmpdir(),
  env: {},
  emit: () => undefined,
  signal: new AbortController().signal,
  now: () => new Date(),
  newId: () => 'id',
  user: 'ada@laptop',
  installation: tmpdir(),
};

test.each<[InstallOptions, string]>([
  [{ hostname: 'a.example.com' }, '--hostname means nothing without --gateway'],
  [{ hostname: 'a.example.com', ingress: 'a.example.com' }, '--hostname means nothing without --gateway'],
  [{ ingressClass: 'nginx' }, '--ingress-class means nothing without --ingress'],
])('%o', async (options, message) => {
  for (const act of [install, planInstallation])
    await expect(act(options, context)).rejects.toMatchObject({ code: 'USAGE', message });
});
