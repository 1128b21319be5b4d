// The words of `env set` and `env unset`.
import { describe, expect, it } from 'vitest';
import { readAssignments, readNames } from '../../../src/cli/assignments.ts';

describe('the words of env set', () => {
  it('name the environment first, and values may have anything in them', () => {
    expect(readAssignments(['team-a', 'A=1', 'URL=http://x/?a=b', 'EMPTY='])).toEqual({
      virtualEnv: 'team-a',
      assignments: new Map([
        ['A', '1'],
        ['URL', 'http://x/?a=b'],
        ['EMPTY', ''],
      ]),
    });
  });

  it('are values alone where an option names the environment', () => {
    expect(readAssignments(['A=1'])).toEqual({ assignments: new Map([['A', '1']]) });
  });

  it.each([
    [['a', 'b', 'A=1'], '"b" is no NAME=value'],
    [['A=1', 'team-a'], '"team-a" is no NAME=value'],
    [['=x'], 'a name is missing in front of "="'],
    [['A=1', 'A=2'], 'A is given twice'],
  ])('%j are refused', (words, message) => {
    expect(() => readAssignments(words)).toThrow(message);
  });

  it('are refused all at once', () => {
    expect(() => readAssignments(['A=1', 'b', 'c'])).toThrow('"b" is no NAME=value; "c" is no NAME=value');
  });
});

describe('the words of env unset', () => {
  const none = { isNamed: false, isTyped: false };
  const option = { isNamed: true, isTyped: true };
  const variable = { isNamed: true, isTyped: false };

  it.each([
    [['team-a', 'A', 'B'], none, 'team-a', ['A', 'B']],
    [['team-a'], none, 'team-a', []],
    [[], none, undefined, []],
    [['A', 'B'], option, undefined, ['A', 'B']],
    [['a', 'b'], option, undefined, ['a', 'b']],
    // FOX_VIRTUAL_ENV names another: nothing may be unset there.
    [['team', 'A'], variable, 'team', ['A']],
    [['A', 'B'], variable, undefined, ['A', 'B']],
    [['a'], variable, undefined, ['a']],
  ])('%j with %j: in %s the names %j', (words, other, virtualEnv, names) => {
    expect(readNames(words, other)).toEqual({ ...(virtualEnv === undefined ? {} : { virtualEnv }), names });
  });
});
