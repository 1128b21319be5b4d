// Requests are answered by the routes that answer them elsewhere.
import { describe, expect, test } from 'vitest';
import { hostName } from '../../../../../src/core/routing/environment-choice.ts';
import { routedRequest } from '../../../../../src/core/routing/rules/routed-request.ts';
import { RouteMatcher } from '../../../../../src/core/routing/rules/route-matcher.ts';
import { parseRule } from '../../../../../src/core/routing/rules/rule.ts';
import { type PeerCase, peerCases } from './peer-cases.ts';

function matcherOf(rules: PeerCase['rules']): RouteMatcher<number> {
  return new RouteMatcher(
    rules.flatMap((each, target) => {
      const [text, priority] = typeof each === 'string' ? [each] : each;
      return parseRule(text).rules.map((rule) => ({ rule, target, priority }));
    }),
  );
}

function requestOf(text: string) {
  const [method = '', address = '', ...fields] = text.split(' ');
  const slash = address.indexOf('/');
  const host = slash === 0 ? undefined : hostName(address.slice(0, slash));
  const headers = fields.flatMap((field) => field.split('='));
  return routedRequest({ method, target: address.slice(slash), host, headers });
}

describe.each(peerCases)('$name', ({ rules, requests }) => {
  test.each(Object.entries(requests))('%s: %i', (request, expected) => {
    expect(matcherOf(rules).match(requestOf(request))?.targets ?? [-1]).toEqual([expected]);
  });
});
