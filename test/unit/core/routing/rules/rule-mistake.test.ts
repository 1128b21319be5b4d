// Mistakes in rules that can be read: what no request can match is told, and nothing else.
import { expect, test } from 'vitest';
import { parseRule } from '../../../../../src/core/routing/rules/rule.ts';
import { ruleMistake } from '../../../../../src/core/routing/rules/rule-mistake.ts';

test.each([
  ['Type(`htp`)', 'has the unknown type "htp"; known is http'],
  ['All() && Type(`a.http.x`)', 'has the unknown type "a.http.x"; known is http (in Type at column 10)'],
  ['Method(`GET`, `gte`)', 'has the unknown method GTE; did you mean GET?'],
  ['Path(`/a`) && Path(`/b`)', 'matches no request at all: its conditions exclude each other'],
  ['Path(`/a`) && !PathPrefix(`/a`)', 'matches no request at all: its conditions exclude each other'],
  [
    'Host(`a.b`) && (Host(`a.c`) || Host(`a`))',
    'matches no request at all: its conditions exclude each other',
  ],
  ['Method(`GET`) && Method(`PUT`)', 'matches no request at all: its conditions exclude each other'],
  ['Header(`KF-Dep`)', "is about the header KF-Dep, which rules don't see: fox keeps such headers to itself"],
  [
    'Header(`kubefox-virtual-environment`, `{{.Vars.X}}`)',
    "is about the header kubefox-virtual-environment, which rules don't see: fox keeps such headers to itself",
  ],
  [
    'Header(`x-fox-params`)',
    "is about the header x-fox-params, which rules don't see: fox keeps such headers to itself",
  ],
  [
    'All() && !Query(`kf-ve`)',
    "is about the query parameter kf-ve, which rules don't see: it is a selector, which fox takes out (in Query at column 11)",
  ],
])('%s %s', (rule, problem) => {
  expect(ruleMistake(parseRule(rule))).toBe(problem);
});

test.each([
  'Type(`io.kubefox.http`)',
  'Type(`{{.Vars.X}}`)',
  'Method(`PURGE`, `BIND`, `{{.Vars.X}}`)',
  '(Path(`/a`) || Path(`/b`)) && Path(`/a`)',
  'Path(`/{x}`) && Path(`/{y:[0-9]+}`)',
  'Path(`/{{.Vars.X}}`) && Path(`/b`)',
  'Header(`x`, `1`) && Header(`x`, `2`)',
  'Header(`x-forwarded-for`)',
  'Query(`kf`)',
])('%s is none', (rule) => {
  expect(ruleMistake(parseRule(rule))).toBeUndefined();
});
