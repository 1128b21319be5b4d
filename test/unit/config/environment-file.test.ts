// What a virtual environment's file means, and every problem that it is told of, with file, line and path.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEnvironmentFile } from '../../../src/config/environment-file.ts';
import { FoxError } from '../../../src/core/errors.ts';

const head = 'kind: VirtualEnvironment\nname: team-a\n';

function problemsOf(text: string, file = 'env.yaml'): readonly string[] {
  try {
    parseEnvironmentFile(text, file);
    return [];
  } catch (error) {
    if (error instanceof FoxError && error.code === 'CONFIG_INVALID') return error.details;
    throw error;
  }
}

function hintsOf(text: string): string {
  try {
    parseEnvironmentFile(text, 'env.yaml');
  } catch (error) {
    if (error instanceof FoxError) return error.hints.join(' ');
  }
  return '';
}

describe('a valid file', () => {
  test('needs kind and name', () => {
    expect(parseEnvironmentFile(head, 'env.yaml')).toEqual([
      { file: 'env.yaml', line: 2, name: 'team-a', vars: {}, secrets: {} },
    ]);
  });

  test('says all that a virtual environment can say', () => {
    const text = `${head}parent: dev
vars: { GREETING: Hello, PAGE: 20, DEBUG: true, TAGS: [a, 2] }
secrets: { PAY: { from: payments/api.key } }
hosts: [team-a.example.com, xn--bcher-kva.example]
subPath: team-a
policy: stable
access: internal
sticky: false
skewProtection: 30m
responseHeaders: true
ttl: 1h30m
`;
    expect(parseEnvironmentFile(text, 'env.yaml')).toEqual([
      {
        file: 'env.yaml',
        line: 2,
        name: 'team-a',
        parent: 'dev',
        vars: { GREETING: 'Hello', PAGE: 20, DEBUG: true, TAGS: ['a', 2] },
        secrets: { PAY: { from: { name: 'payments', key: 'api.key' } } },
        hosts: ['team-a.example.com', 'xn--bcher-kva.example'],
        subPath: 'team-a',
        policy: 'stable',
        access: 'internal',
        sticky: false,
        skewProtection: '30m',
        responseHeaders: true,
        ttl: '1h30m',
      },
    ]);
  });

  test('may be JSON', () => {
    const text = '{\n  "kind": "VirtualEnvironment",\n  "name": "dev",\n  "vars": { "PAGE": 20 }\n}';
    expect(parseEnvironmentFile(text, 'dev.json')).toMatchObject([
      { line: 3, name: 'dev', vars: { PAGE: 20 } },
    ]);
  });

  test('may hold several, each with its line; empty documents count for nothing', () => {
    const text = `---\n${head}---\n# nothing\n---\nkind: VirtualEnvironment\nname: team-b\n---\n`;
    expect(parseEnvironmentFile(text, 'env.yaml').map(({ name, line }) => [name, line])).toEqual([
      ['team-a', 3],
      ['team-b', 8],
    ]);
  });

  test.each(['NO', 'on', '2026-11-21', '12:30', '1_000', '~x', '0x'])(
    'has no surprises of YAML 1.1: %s is text',
    (written) => {
      const [read] = parseEnvironmentFile(`${head}vars: { X: ${written} }`, 'env.yaml');
      expect(read?.vars).toEqual({ X: written });
    },
  );
});

describe('numbers arrive as they are written, or are refused:', () => {
  test.each(['0', '-7', '1.5', '9007199254740991', '1e-7'])('%s is one', (written) => {
    const [read] = parseEnvironmentFile(`${head}vars: { X: ${written} }`, 'env.yaml');
    expect(read?.vars).toEqual({ X: Number(written) });
  });

  test.each<[string, string]>([
    ['0123', 'is the number 123: write that, or put 0123 in quotes to have it as text'],
    ['1.10', 'is the number 1.1: write that, or put 1.10 in quotes to have it as text'],
    ['0x1F', 'is the number 31: write that, or put 0x1F in quotes to have it as text'],
    ['0.12345678901234567890', 'is the number 0.12345678901234568'],
    ['9007199254740993', 'is too large a number to be held exactly: put it in quotes'],
    ['12345678901234567890', 'is too large a number to be held exactly: put it in quotes'],
  ])('%s', (written, problem) => {
    expect(problemsOf(`${head}vars:\n  X: ${written}`)).toEqual([
      expect.stringContaining(`env.yaml:4 vars.X: ${problem}`),
    ]);
    expect(problemsOf(`${head}vars:\n  X: [a, ${written}]`)).toEqual([
      expect.stringContaining(`env.yaml:4 vars.X.1: ${problem}`),
    ]);
  });

  test.each(['.inf', '.nan', '1e999'])('%s', (written) => {
    expect(problemsOf(`${head}vars:\n  X: ${written}`)).toHaveLength(1);
  });
});

describe('what is wrong is told with its place:', () => {
  test.each<[string, string]>([
    ['kind: VirtualEnv', 'kind: must be VirtualEnvironment, not "VirtualEnv"'],
    ['name: Team_A', 'name: the name "Team_A" must consist of lower-case letters'],
    ['name: constructor', 'name: the name "constructor" is reserved'],
    ['parent: DEV', 'parent: the name "DEV" must consist of'],
    ['parent: team-a', "parent: can't be itself"],
    ['parant: dev', 'parant: unknown key; did you mean "parent"?'],
    ['values: {}', 'values: unknown key; known are kind, name, parent, vars'],
    ['vars: [A]', 'vars: must be a map, not a list'],
    ['vars: { A: }', 'vars.A: is empty; it must be text, a number, true, false, or a list'],
    ['vars: { A: { b: c } }', 'vars.A: must be text, a number, true, false, or a list of texts and numbers'],
    ['vars: { A: [[1]] }', 'vars.A: must be text, a number'],
    ['vars: { A-B: c }', 'vars.A-B: is not a name that an environment variable can have'],
    ['vars: { __proto__: c }', 'vars.__proto__: is not a name that an environment variable can have'],
    ['secrets: { __proto__: { from: a/b } }', 'secrets.__proto__: is not a name that'],
    ['__proto__: c', '__proto__: unknown key'],
    ['vars: { A: "x\\0y" }', 'vars.A: holds a NUL character'],
    ['vars: { A: ["\\uD800"] }', 'vars.A.0: is not valid Unicode text'],
    ['hosts: team-a.example.com', 'hosts: must be a list, such as [team-a.example.com]'],
    ['hosts: ["a.example:8080"]', 'hosts.0: "a.example:8080" must be a host name without a port'],
    ['hosts: ["*.example"]', `hosts.0: "*.example" can't have a wildcard`],
    ['hosts: [https://a.example]', 'hosts.0: "https://a.example" is no host name: leave out the scheme'],
    ['hosts: [A.example]', 'hosts.0: "A.example" must be in lower case: a.example'],
    ['hosts: [Team B]', 'hosts.0: "Team B" is no host name: letters'],
    ['hosts: [a.example.]', 'hosts.0: "a.example." must not end with a dot'],
    ['hosts: [a..example]', 'hosts.0: "a..example" is no host name'],
    ['hosts: [-a.example]', 'hosts.0: "-a.example" is no host name'],
    ['hosts: [bücher.example]', 'hosts.0: "bücher.example" is no host name'],
    ['hosts: [""]', 'hosts.0: "" is no host name: it is empty'],
    [`hosts: [${'a'.repeat(64)}.example]`, 'has a part of more than 63 characters'],
    [`hosts: [${'a.'.repeat(127)}]`, 'must not end with a dot'],
    [`hosts: [${'a.'.repeat(127)}b]`, 'has 255 characters; a host name has at most 253'],
    ['hosts: [a.example, b.example, a.example]', 'hosts.2: "a.example" stands here twice'],
    ['subPath: /team-a', 'subPath: "/team-a" must be one segment of a path, without "/"'],
    ['subPath: ..', 'subPath: ".." must consist of letters'],
    ['subPath: ""', 'subPath: "" must consist of letters'],
    ['subPath: a%2Fb', 'subPath: "a%2Fb" must consist of letters'],
    ['policy: strict', 'policy: must be one of testing, stable, not "strict"'],
    ['access: closed', 'access: must be one of open, signed, internal, not "closed"'],
    ['sticky: maybe', 'sticky: must be true or false, not "maybe"'],
    ['responseHeaders: 1', 'responseHeaders: must be true or false, not 1'],
    ['skewProtection: 30', 'skewProtection: must be text, such as 30m, or off, not 30'],
    [
      'skewProtection: soon',
      'skewProtection: "soon" is neither a time of at least a minute, such as 30m, nor off',
    ],
    ['ttl: soon', 'ttl: "soon" is no time to live'],
    ['ttl: 30', 'ttl: must be text, such as 72h, not 30'],
    ['ttl: 20y', 'ttl: "20y" is no time to live'],
  ])('%s', (line, problem) => {
    const key = line.slice(0, line.indexOf(':'));
    const rest = head
      .split('\n')
      .filter((each) => each !== '' && !each.startsWith(`${key}:`))
      .join('\n');
    expect(problemsOf(`${rest}\n${line}\n`)).toEqual([expect.stringContaining(problem)]);
  });

  test.each<[string, string]>([
    ['', 'env.yaml: holds no virtual environment (kind: VirtualEnvironment)'],
    ['---\n# nothing\n', 'env.yaml: holds no virtual environment'],
    ['- a\n', 'env.yaml: must be a map, not a list'],
    ['name: dev\n', 'env.yaml kind: is missing; it must be VirtualEnvironment'],
    ['kind: VirtualEnvironment\n', 'env.yaml:1 name: is missing; it must be text'],
    ['kind: VirtualEnvironment\n  name: x\n', 'env.yaml:1: '],
    ['kind: VirtualEnvironment\nname: x\nname: y\n', 'env.yaml:3: the key name stands here a second time'],
    ['kind: VirtualEnvironment\nname: \uFFFD\n', 'env.yaml: is not UTF-8 text'],
    [`${head}vars: *nothing\n`, 'env.yaml:3: there is no anchor &nothing'],
  ])('%j', (text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(problem)]);
  });

  test('all at once, also where the rest of a document is wrong, in the order of the file', () => {
    const text = `${head}hosts: [A.example]
polcy: stable
vars: { A-B: 1, C: 0123 }
---
kind: VirtualEnvironment
name: Dev
ttl: never
`;
    expect(problemsOf(text)).toEqual([
      expect.stringContaining('env.yaml:3 hosts.0:'),
      expect.stringContaining('env.yaml:4 polcy:'),
      expect.stringContaining('env.yaml:5 vars.A-B:'),
      expect.stringContaining('env.yaml:5 vars.C:'),
      expect.stringContaining('env.yaml:8 name:'),
      expect.stringContaining('env.yaml:9 ttl:'),
    ]);
  });

  test('a name that stands there twice, with both places', () => {
    expect(problemsOf(`${head}---\n${head}`)).toEqual([
      'env.yaml:5 name: "team-a" stands in env.yaml:2, too',
    ]);
  });
});

test('whatever a file has, it is read or refused with what is wrong', () => {
  const key = fc.oneof(
    fc.constantFrom('kind', 'name', 'vars', 'secrets', 'hosts', 'subPath', 'ttl', 'from'),
    fc.string(),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(
        fc.string(),
        fc.integer(),
        fc.double(),
        fc.boolean(),
        fc.constantFrom(null, 'VirtualEnvironment', 'dev'),
      ),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.boolean(), (value, isHeaded) => {
      const headed = isHeaded && value !== null && typeof value === 'object' && !Array.isArray(value);
      const text = JSON.stringify(headed ? { ...value, kind: 'VirtualEnvironment', name: 'dev' } : value);
      for (const problem of problemsOf(text)) expect(problem).toMatch(/^env\.yaml(:\d+)?.*: \S/s);
    }),
  );
});

describe("a secret's value", () => {
  const value = 'hunter2-hunter2';

  test.each([
    value,
    `{ value: ${value} }`,
    `{ from: payments/key, value: ${value} }`,
    `{ from: "${value} ${value}" }`,
    `{ from: { ${value}: x } }`,
    `[${value}]`,
  ])('is refused and never shown: %s', (said) => {
    const problems = problemsOf(`${head}secrets:\n  PAY: ${said}\nvars: { C: 01 }`);
    expect(problems).toEqual([
      expect.stringMatching(/^env.yaml:4 secrets\.PAY/),
      expect.stringMatching(/^env.yaml:5 vars\.C/),
    ]);
    expect(problems.join('\n')).not.toContain(value);
  });

  test('is set by a command that the refusal names, and that no other refusal does', () => {
    expect(hintsOf(`${head}secrets: { PAY: ${value} }`)).toContain('fox env set -e <name> --secret <NAME>');
    expect(hintsOf(`${head}\tparent: dev`)).not.toContain('secret');
    expect(problemsOf(`${head}secrets: { PAY: ${value} }`)).toEqual([
      'env.yaml:3 secrets.PAY: may say nothing but { from: name/key }; a value never stands in a file: `fox env set -e team-a --secret PAY` asks for it',
    ]);
  });

  test('in place of the map of secrets is not shown, either', () => {
    const problems = problemsOf(`${head}secrets: ${value}`);
    expect(problems).toEqual([expect.stringContaining('secrets: must be a map')]);
    expect(problems.join('\n')).not.toContain(value);
  });

  test('has a name that no variable has', () => {
    expect(
      problemsOf(`${head}vars: { PAY: x }\nsecrets: { PAY: { from: a/b }, X-Y: { from: a/b } }`),
    ).toEqual([
      expect.stringContaining('secrets.PAY: stands in vars, too'),
      expect.stringContaining('secrets.X-Y: is not a name that an environment variable can have'),
    ]);
  });
});
