// A virtual environment that is written and read again is the same one.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEnvironmentFile } from '../../../src/config/environment-file.ts';
import { environmentYaml } from '../../../src/config/environment-yaml.ts';
import {
  accesses,
  type EnvironmentDefinition,
  policies,
} from '../../../src/core/environments/environment-definition.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0') && !each.includes('\uFFFD')),
  fc.constantFrom('', 'NO', 'yes', 'null', '~', '0123', '1.10', '1e3', '- a', '# b', 'a: b', '"', "'", ' x '),
  fc.constantFrom('line\nline\n', '\n', '\t', '{{.Vars.x}}', '&a', '*a', '!tag', '---', '\r\n', '\u2028'),
);
const number = fc
  .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .filter((each) => !Object.is(each, -0) && (!Number.isInteger(each) || Number.isSafeInteger(each)));
const value = fc.oneof(text, number, fc.boolean(), fc.array(fc.oneof(text, number), { maxLength: 4 }));
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/).filter((each) => !(each in Object.prototype));
const own = <T>(values: T) => ({ ...values });

test('everything that a file can say survives', () => {
  const definitions = fc.record(
    {
      parent: fc.constantFrom('dev', 'team-b'),
      vars: fc.dictionary(name, value, { noNullPrototype: true }),
      hosts: fc.constantFrom(['a.example'], ['1.2.3.4', 'b.example']),
      subPath: fc.constantFrom('team-a', '0123', '1.10', 'true'),
      policy: fc.constantFrom(...policies),
      access: fc.constantFrom(...accesses),
      sticky: fc.boolean(),
      skewProtection: fc.constantFrom('30m', 'off'),
      responseHeaders: fc.boolean(),
      ttl: fc.constantFrom('72h', '1h30m'),
    },
    { requiredKeys: ['vars'], noNullPrototype: true },
  );
  fc.assert(
    fc.property(definitions, (said) => {
      const definition: EnvironmentDefinition = { name: 'team-a', ...said };
      const [read] = parseEnvironmentFile(environmentYaml(definition), 'team-a.yaml');
      expect(read).toEqual({ file: 'team-a.yaml', line: 2, secrets: {}, ...own(definition) });
    }),
  );
});

test('secrets that other tools keep are told; of those that fox keeps only a comment, with no more than a short fingerprint', () => {
  const fingerprint = '0123456789abcdef'.repeat(4);
  const written = environmentYaml({
    name: 'team-a',
    vars: { GREETING: 'Hello' },
    secrets: {
      SESSION_KEY: { fingerprint },
      PAY: { fingerprint, from: { name: 'payments', key: 'api.key' } },
    },
    ttl: '72h',
    expiresAt: '2026-12-01T00:00:00Z',
  });
  expect(written).toBe(`kind: VirtualEnvironment
name: team-a
ttl: 72h
vars:
  GREETING: Hello
secrets:
  PAY:
    from: payments/api.key

# Secrets that fox keeps; \`fox env set -e team-a --secret NAME\` changes one, \`fox env unset -e team-a NAME\` removes it:
#   SESSION_KEY (01234567)
`);
  expect(parseEnvironmentFile(written, 'team-a.yaml')).toMatchObject([
    { secrets: { PAY: { from: { name: 'payments', key: 'api.key' } } } },
  ]);
});
