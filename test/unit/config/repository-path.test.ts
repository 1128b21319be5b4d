// Paths of a config: where they lead, and which of them lead nowhere.
import { posix } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathProblem, repositoryPath } from '../../../src/config/repository-path.ts';

describe('a path', () => {
  test.each([
    ['', '.', ''],
    ['', 'web', 'web'],
    ['', './web/', 'web'],
    ['', 'a//b/./c/../d', 'a/b/d'],
    ['apps/shop', '.', 'apps/shop'],
    ['apps/shop', '..', 'apps'],
    ['apps/shop', '../..', ''],
    ['apps/shop', '../../libs', 'libs'],
    ['', '..web', '..web'],
    ['', '...', '...'],
    ['', 'a b/ü', 'a b/ü'],
    ['', '-x', '-x'],
    ['', ':(top)x', ':(top)x'],
  ])('from "%s": "%s" is "%s"', (directory, path, expected) => {
    expect(pathProblem(directory, path)).toBeUndefined();
    expect(repositoryPath(directory, path)).toBe(expected);
  });

  test.each([
    ['', '', 'must not be empty'],
    ['', '/web', 'must be relative'],
    ['', '..', 'leads out of the repository'],
    ['', 'a/../../b', 'leads out of the repository'],
    ['apps', '../../b', 'leads out of the repository'],
    ['', 'a\\b', 'must have "/" between'],
    ['', 'a\nb', 'must not contain control'],
    ['', 'a\0b', 'must not contain control'],
  ])('from "%s": "%s" %s', (directory, path, problem) => {
    expect(pathProblem(directory, path)).toContain(problem);
  });

  test('never leads out of the repository, and never starts or ends with a slash', () => {
    const part = fc.constantFrom('a', 'b', '..', '.', '', '..a', 'a..', 'c d');
    const path = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.constantFrom('', 'x', 'x/y'), path, (directory, each) => {
        const outside = posix.relative('/r', posix.resolve('/r', directory, each === '' ? '.' : each));
        const leaves =
          each !== '' && !posix.isAbsolute(each) && (outside === '..' || outside.startsWith('../'));
        const refused = leaves || each === '' || each.startsWith('/');
        expect(pathProblem(directory, each) !== undefined).toBe(refused);
        fc.pre(!refused);
        expect(repositoryPath(directory, each)).toBe(outside);
      }),
    );
  });
});
