import { expect, test } from 'vitest';
import {
  configKeyRule,
  environmentNameRule,
  labelRule,
  labelValueRule,
  type NameRule,
  pathSegmentRule,
  portNameRule,
  qualifiedNameRule,
  subdomainRule,
  wildcardSubdomainRule,
} from '../../../../src/embedded/api/name-rules.ts';

interface Example {
  readonly rule: string;
  readonly check: NameRule;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const long = (length: number) => 'a'.repeat(length);

test.each<Example>([
  {
    rule: 'subdomain',
    check: subdomainRule,
    good: ['a', '1', 'a.b', 'a-b.c-d', long(253)],
    bad: ['', 'A', '-a', 'a-', 'a..b', '.a', 'a_b', 'ä', 'a\n', long(254)],
  },
  {
    rule: 'label',
    check: labelRule,
    good: ['a', '1a', 'a-b', long(63)],
    bad: ['', 'a.b', 'A', '-a', long(64)],
  },
  {
    rule: 'wildcard subdomain',
    check: wildcardSubdomainRule,
    good: ['*.a', '*.a.b-c'],
    bad: ['*', '*a', 'a.*', '*.*', '*.', 'a.b'],
  },
  {
    rule: 'path segment',
    check: pathSegmentRule,
    good: ['a', 'A:b', 'system:x'],
    bad: ['.', '..', 'a/b', 'a%b'],
  },
  {
    rule: 'qualified name',
    check: qualifiedNameRule,
    good: ['a', 'A_b.c', 'x.io/a', `x.io/${long(63)}`],
    bad: ['', '/a', 'x.io/', 'X/a', 'a/b/c', '-a', `x.io/${long(64)}`, 'a b'],
  },
  {
    rule: 'label value',
    check: labelValueRule,
    good: ['', 'a', 'A_b.c-d', long(63)],
    bad: ['-a', 'a b', 'a/b', long(64)],
  },
  {
    rule: 'config key',
    check: configKeyRule,
    good: ['a', '.a', 'A_b.c-d', '...a'.slice(2)],
    bad: ['', '.', '..', '..a', 'a b', 'a/b', long(254)],
  },
  {
    rule: 'environment name',
    check: environmentNameRule,
    good: ['A', '_a', 'a.b-c', 'A1', '1A', 'a b'],
    bad: ['', 'a=b', 'ä', 'a\n'],
  },
  {
    rule: 'port name',
    check: portNameRule,
    good: ['http', 'h2-c', '8a'],
    bad: ['', '80', 'a--b', '-a', 'a-', 'Http', long(16)],
  },
])('$rule', ({ check, good, bad }) => {
  expect(good.filter((value) => check(value).length > 0)).toEqual([]);
  expect(bad.filter((value) => check(value).length === 0)).toEqual([]);
});
