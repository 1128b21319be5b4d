// What a config means, and every problem that it is told of, with file, line and path.
import { describe, expect, test } from 'vitest';
import { parseConfigDocument } from '../../../src/config/config-document.ts';
import { validateConfig } from '../../../src/config/validate-config.ts';
import { FoxError } from '../../../src/core/errors.ts';
import { componentProblems, problemsOf, smallest, validate } from './sample.ts';

const componentKeys =
  'path, shared, build, command, port, routes, calls, forwardsContext, propagation, concurrency, queue, env, secrets, health, replicas, resources, securityContext, nodeSelector, tolerations, topologySpread, terminationGracePeriod, serviceAccount, podTemplate, autoscale, disruptionBudget, maxSurge, maxUnavailable';

describe('a valid config', () => {
  test('gets every default', () => {
    expect(validate(smallest)).toMatchObject({
      defaultEnvironment: 'default',
      app: {
        name: 'shop',
        modules: {},
        components: {
          web: {
            name: 'web',
            path: 'web',
            shared: [],
            build: {},
            command: ['node', 'server.js'],
            port: 8080,
            routes: [],
            calls: [],
            forwardsContext: false,
            env: {},
            replicas: 1,
          },
        },
      },
    });
    expect(validate(smallest).app.components['web']).not.toHaveProperty('healthPath');
  });

  test('keeps the order of components and sorts what is a set', () => {
    const { app } = validate(`
app: shop
components:
  web: { path: ., command: [x], calls: [zeta, alpha, zeta], shared: [lib/b, ./lib/a/, lib/b] }
  zeta: { path: z, command: [x] }
  alpha: { path: a, command: [x] }
modules: { all: [web, zeta, web] }
`);
    expect(Object.keys(app.components)).toEqual(['web', 'zeta', 'alpha']);
    expect(app.components['web']).toMatchObject({ calls: ['alpha', 'zeta'], shared: ['lib/a', 'lib/b'] });
    expect(app.modules).toEqual({ all: ['web', 'zeta'] });
  });

  test('types a variable by its declaration, else by its default, else as text', () => {
    const { app } = validate(`${smallest}    env:
      A:
      B: {}
      C: { default: 3 }
      D: { default: false }
      E: { default: [1, two] }
      F: { type: number, required: true, description: how many }
`);
    expect(app.components['web']?.env).toEqual({
      A: { type: 'string', required: false },
      B: { type: 'string', required: false },
      C: { type: 'number', required: false, default: 3 },
      D: { type: 'boolean', required: false, default: false },
      E: { type: 'array', required: false, default: [1, 'two'] },
      F: { type: 'number', required: true, description: 'how many' },
    });
  });

  test('has routes with variables', () => {
    const route = '{ rule: "Path(`/{{.Vars.X}}/{{.Vars.Y}}`)", env: { X: { default: 1 }, Y: } }';
    const { app } = validate(`${smallest}    routes: [${route}]\n`);
    expect(app.components['web']?.routes).toEqual([
      {
        rule: 'Path(`/{{.Vars.X}}/{{.Vars.Y}}`)',
        env: { X: { type: 'number', required: true, default: 1 }, Y: { type: 'string', required: true } },
      },
    ]);
  });

  test('has routes as text or as a map', () => {
    const { app } = validate(`${smallest}    routes: ["PathPrefix(\`/\`)", { rule: "Path(\`/x\`)" }]\n`);
    expect(app.components['web']?.routes).toEqual([{ rule: 'PathPrefix(`/`)' }, { rule: 'Path(`/x`)' }]);
  });

  test('finds its paths from the directory of the file', () => {
    const { app } = validate(
      smallest.replace('path: web', 'path: ../libs/web\n    shared: [., ../../lock]'),
      'apps/shop',
    );
    expect(app.components['web']).toMatchObject({ path: 'apps/libs/web', shared: ['apps/shop', 'lock'] });
  });

  test('may be JSON, name its schema, and stand in package.json', () => {
    const json = { $schema: 'x.json', app: 'shop', components: { web: { path: 'web', command: ['x'] } } };
    expect(validate(JSON.stringify(json)).app.name).toBe('shop');
    const text = JSON.stringify({ name: 'anything', fox: json, scripts: {} }, null, '\t');
    expect(validateConfig({ file: 'package.json', directory: '', key: 'fox', text }).app.name).toBe('shop');
  });

  test.each([
    ['a byte order mark', `\uFEFF${smallest}`],
    ['Windows line ends', smallest.replaceAll('\n', '\r\n')],
    [
      'anchors and merge keys',
      `${smallest}  api: &base { path: api, command: [x] }\n  more:\n    <<: *base\n    path: more\n`,
    ],
  ])('may have %s', (_, text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  test('takes over what a merge key brings', () => {
    const { app } = validate(
      `${smallest}  api: &base { path: api, command: [x], port: 99 }\n  more:\n    <<: *base\n    path: more\n`,
    );
    expect(app.components['more']).toMatchObject({ path: 'more', port: 99 });
  });
});

test('tells the line of anything, for problems that are found later', () => {
  const { lineOf } = parseConfigDocument('fox.config.yaml', `${smallest}    shared: [a,\n      b]\n`);
  expect(lineOf(['components', 'web', 'path'])).toBe(4);
  expect(lineOf(['components', 'web', 'shared', 1])).toBe(7);
  expect(lineOf(['components', 'web', 'nothing', 'below'])).toBe(3);
  expect(lineOf(['nothing'])).toBeUndefined();
});

describe('all problems at once', () => {
  test('in the order of the file, schema and references together', () => {
    const text = `app: Shop
extra: 1
components:
  web:
    path: /srv
    prot: 80
    comand: [x]
    calls: [api-srver]
  api-server:
    path: api
    command: node server.js
    replicas: 0
modules:
  all: [web, api]
`;
    expect(problemsOf(text)).toEqual([
      'fox.config.yaml:1 app: the name "Shop" must consist of lower-case letters, digits and "-", starting with a letter, ending with a letter or digit',
      'fox.config.yaml:2 extra: unknown key; known are app, defaultEnvironment, cluster, registry, builder, router, platforms, components, modules',
      'fox.config.yaml:4 components.web.command: is missing; it must be a list, such as [node, server.js]',
      'fox.config.yaml:5 components.web.path: must be relative to this file, not absolute ("/srv")',
      'fox.config.yaml:6 components.web.prot: unknown key; did you mean "port"?',
      'fox.config.yaml:7 components.web.comand: unknown key; did you mean "command"?',
      'fox.config.yaml:8 components.web.calls.0: there is no component "api-srver"; did you mean "api-server"?',
      'fox.config.yaml:11 components.api-server.command: must be a list, such as [node, server.js], not "node server.js"',
      'fox.config.yaml:12 components.api-server.replicas: must be a whole number from 1 to 100, not 0',
      'fox.config.yaml:14 modules.all.1: there is no component "api"',
    ]);
  });

  test('of what routers believe and allow', () => {
    const text = `${smallest}
router:
  trustedProxies: [10.0.0.0/8, 10.0.0.0/33, proxy.example.com]
  internalNetworks: 10.0.0.0/8
  maxBody: 1 GB
  acessLog: false
`;
    expect(problemsOf(text).map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'router.trustedProxies.1: must have a prefix length from 0 to 32 behind its "/", not "10.0.0.0/33"',
      'router.trustedProxies.2: must be an address or a network, such as 192.0.2.1 or 10.0.0.0/8, not "proxy.example.com"',
      'router.internalNetworks: must be a list, such as [10.0.0.0/8], not "10.0.0.0/8"',
      'router.maxBody: must be an amount of bytes, such as 512KiB, 10MiB or 1GiB, not "1 GB"',
      'router.acessLog: unknown key; did you mean "accessLog"?',
    ]);
  });

  test('counted in the message, with what to try', () => {
    const error = ((): unknown => {
      try {
        return validate('app: 1\n', 'apps/shop');
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(FoxError);
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'apps/shop/fox.config.yaml has 2 problems',
      details: [
        'apps/shop/fox.config.yaml components: is missing; it must be a map',
        'apps/shop/fox.config.yaml:1 app: must be text, not 1',
      ],
    });
    expect((error as FoxError).hints).not.toHaveLength(0);
  });

  test('with the lines of package.json', () => {
    const text =
      '{\n  "name": "x",\n  "fox": {\n    "app": "shop",\n    "components": {},\n    "module": {}\n  }\n}';
    expect(() => validateConfig({ file: 'package.json', directory: '', key: 'fox', text })).toThrowError(
      expect.objectContaining({
        details: [
          'package.json:5 components: must have at least one component',
          'package.json:6 module: unknown key; did you mean "modules"?',
        ],
      }),
    );
  });
});

describe('what is wrong with a component', () => {
  test.each([
    ['port: 0', 'components.web.port: must be a whole number from 1 to 65535, not 0'],
    [
      'port: 99999999999999999999',
      'components.web.port: must be a whole number from 1 to 65535, not 100000000000000000000',
    ],
    ['port: .inf', 'components.web.port: must be a whole number from 1 to 65535, not Infinity'],
    ['port: "80"', 'components.web.port: must be a whole number from 1 to 65535, not "80"'],
    ['port:', 'components.web.port: is empty; it must be a whole number from 1 to 65535'],
    ['replicas: 1.5', 'components.web.replicas: must be a whole number from 1 to 100, not 1.5'],
    ['forwardsContext: yes', 'components.web.forwardsContext: must be true or false, not "yes"'],
    ['build: npm ci', 'components.web.build: must be a map, such as { command: npm ci }, not "npm ci"'],
    ['build: { command: "" }', 'components.web.build.command: must not be empty'],
    ['build: { comand: x }', 'components.web.build.comand: unknown key; did you mean "command"?'],
    ['health: /ok', 'components.web.health: must be a map, such as { path: /healthz }, not "/ok"'],
    ['health: { path: }', 'components.web.health.path: is empty; it must be text'],
    [
      'health: { path: "/a b" }',
      'components.web.health.path: must be a path that starts with "/", without spaces, not "/a b"',
    ],
    [
      'health: { path: /x, port: 1 }',
      'components.web.health.port: unknown key; known are path, period, timeout, failures, startup, liveness',
    ],
    ['calls: api-server', 'components.web.calls: must be a list, such as [api-server], not "api-server"'],
    ['calls: [nobody]', 'components.web.calls.0: there is no component "nobody"'],
    ['calls: [api-server, 3]', 'components.web.calls.1: must be text, not 3'],
    [
      'routes: [3]',
      'components.web.routes.0: must be a rule such as "PathPrefix(`/`)", or a map with the key rule, not 3',
    ],
    ['routes: [{ rul: x }]', 'components.web.routes.0.rule: is missing; it must be text'],
    [
      'routes: [{ rule: "Path(`/`)", order: 1 }]',
      'components.web.routes.0.order: unknown key; known are rule, priority, timeout, maxBody, env',
    ],
    ['routes: ["Type(`cron`)"]', 'components.web.routes.0: has the unknown type "cron"; known is http'],
    [
      'forwardsContext: false\npropagation: node',
      'components.web.forwardsContext: must not be false beside propagation, which passes the context on',
    ],
    [
      'routes: [{ rule: "Path(`/`)", timeout: 0s }]',
      'components.web.routes.0.timeout: must be more than 0, not "0s"',
    ],
    ...['timeout: 5s', 'priority: 1', 'maxBody: 1KiB'].map((line): [string, string] => {
      const key = line.replace(/:.*/, '');
      return [line, `components.web.${key}: belongs to a route: routes: [{ rule: …, ${key}: … }]`];
    }),
    [
      'routes: [{ rule: "Path(`/`)", timeout: 25h }]',
      'components.web.routes.0.timeout: must be at most 24h, not "25h"',
    ],
    [
      'routes: [{ rule: "Path(`/`)", timeout: soon }]',
      'components.web.routes.0.timeout: must be a duration in whole milliseconds, seconds, minutes or hours, such as 500ms or 5s, not "soon"',
    ],
    [
      'routes: [{ rule: "Path(`/`)", timeout: 5 }]',
      'components.web.routes.0.timeout: must be a duration in whole milliseconds, seconds, minutes or hours, such as 500ms or 5s, not 5',
    ],
    [
      'routes: ["Path(x)"]',
      'components.web.routes.0: has x at column 6, where a text in back-ticks or double quotes is expected',
    ],
    [
      'routes: ["Path(`/x`)", { rule: "Path(\\"/x\\")" }]',
      'components.web.routes.1: matches the same requests as components.web.routes.0, such as GET /x, and only a priority could decide between them',
    ],
    [
      'routes: ["Path(`/{:[ab]*a[ab]{200}}`)", "Path(`/{:[ab]*b[ab]{200}}`)"]',
      'components.web.routes.1: may match the same requests as components.web.routes.0 (no example was found), and only a priority could decide between them',
    ],
    [
      'routes: [{ rule: "Path(`/{{.Secrets.X}}`)" }]',
      'components.web.routes.0: has the template {{.Secrets.X}}; known is {{.Vars.<name>}}',
    ],
    [
      'routes: [{ rule: "Path(`/{{.Vars.X}}`)", env: { X: {}, Y: {} } }]',
      'components.web.routes.0.env.Y: is not used by the rule: write {{.Vars.Y}}',
    ],
    [
      'routes: [{ rule: "Path(`/{{.Vars.X}}`)", env: { X: { type: number, default: a } } }]',
      'components.web.routes.0.env.X.default: must be of the declared type number',
    ],
    [
      'routes: [{ rule: "Path(`/{{.Vars.X}}`)", env: { X: { bind: request } } }]',
      'components.web.routes.0.env.X.bind: unknown key; known are type, default, description',
    ],
    ['env: [A]', 'components.web.env: must be a map, not a list'],
    ['env: { A: light }', 'components.web.env.A: must be a map, such as { default: light }, not "light"'],
    ['env: { A: { defualt: 1 } }', 'components.web.env.A.defualt: unknown key; did you mean "default"?'],
    [
      'env: { A: { type: int } }',
      'components.web.env.A.type: must be one of string, number, boolean, array, not "int"',
    ],
    [
      'env: { A: { default: { a: 1 } } }',
      'components.web.env.A.default: must be text, a number, true, false, or a list of texts and numbers, not a map',
    ],
    [
      'env: { A: { default: [[1]] } }',
      'components.web.env.A.default: must be text, a number, true, false, or a list of texts and numbers, not a list',
    ],
    [
      'env: { A: { default: .nan } }',
      'components.web.env.A.default: must be text, a number, true, false, or a list of texts and numbers, not NaN',
    ],
    [
      'env: { A: { type: number, default: "3" } }',
      'components.web.env.A.default: must be of the declared type number',
    ],
    [
      'env: { A: { type: string, default: 3 } }',
      'components.web.env.A.default: must be of the declared type string: put it in quotes',
    ],
    [
      'env: { A: { default: 9007199254740993 } }',
      'components.web.env.A.default: is too large a number to be held exactly: put it in quotes',
    ],
    [
      'env: { A: { default: [1, 9007199254740993] } }',
      'components.web.env.A.default: is too large a number to be held exactly: put it in quotes',
    ],
    [
      'env: { A: { default: "a\\0b" } }',
      'components.web.env.A.default: holds a NUL character, which no environment variable can',
    ],
    [
      'env: { A: { default: [a, "\\ud800"] } }',
      'components.web.env.A.default: is not valid Unicode text: it holds half of a character',
    ],
    ['env: { PORT: 8080 }', 'components.web.env.PORT: is set by fox itself'],
    ['env: { PORT: }', 'components.web.env.PORT: is set by fox itself'],
    ['env: { FOX_APP: }', 'components.web.env.FOX_APP: is set by fox itself'],
    [
      'calls: [api-server]\nenv: { API_SERVER_URL: }',
      'components.web.env.API_SERVER_URL: is set by fox itself: the address of api-server',
    ],
    [
      'env: { MY-VAR: }',
      'components.web.env.MY-VAR: is not a name that an environment variable can have: letters, digits and "_", not starting with a digit',
    ],
    [
      'env: { __proto__: }',
      'components.web.env.__proto__: is not a name that an environment variable can have: letters, digits and "_", not starting with a digit',
    ],
    ['command2: x', 'components.web.command2: unknown key; did you mean "command"?'],
    ['__proto__: x', `components.web.__proto__: unknown key; known are ${componentKeys}`],
    ['shared: [../x]', 'components.web.shared.0: leads out of the repository ("../x")'],
    ['shared: [""]', 'components.web.shared.0: must not be empty; the directory of this file is "."'],
  ])('%s', (lines, problem) => {
    expect(componentProblems(lines)[0]).toBe(problem);
  });

  test.each([
    'calls: [web]',
    'env: { API_SERVER_URL: }',
    'shared: ["..dots", "a/../b", "./c/"]',
    'health: { path: "/ready?x=1" }',
    'routes: ["Path(`/`)", "PathPrefix(`/`)"]',
    'port: 1\nreplicas: 100',
    'env: { A: { default: 9007199254740991 } }',
  ])('nothing: %s', (lines) => {
    expect(componentProblems(lines)).toEqual([]);
  });
});

describe('names', () => {
  test.each([
    ['Web', 'must consist of lower-case letters'],
    ['x'.repeat(41), 'is 41 characters long; names have at most 40'],
    ['1st', 'must consist of lower-case letters'],
    ['a_b', 'must consist of lower-case letters'],
    ['a-', 'must consist of lower-case letters'],
    ['a.b', 'must consist of lower-case letters'],
    ['constructor', 'is reserved'],
    ['__proto__', 'is reserved'],
  ])('%s names nothing', (name, problem) => {
    const text = `app: ${name}\ndefaultEnvironment: ${name}\ncomponents:\n  ${name}: { path: ., command: [x] }\nmodules:\n  ${name}: []\n`;
    expect(problemsOf(text)).toEqual([
      expect.stringContaining(`:1 app: the name "${name}" ${problem}`),
      expect.stringContaining(`:2 defaultEnvironment: the name "${name}" ${problem}`),
      expect.stringContaining(`:4 components.${name}: the name "${name}" ${problem}`),
      expect.stringContaining(`:6 modules.${name}: the name "${name}" ${problem}`),
    ]);
  });
});

describe('what is no config at all', () => {
  test.each([
    [
      'nothing',
      '',
      [
        'fox.config.yaml app: is missing; it must be text',
        'fox.config.yaml components: is missing; it must be a map',
      ],
    ],
    [
      'only a comment',
      '# app\n',
      [
        'fox.config.yaml app: is missing; it must be text',
        'fox.config.yaml components: is missing; it must be a map',
      ],
    ],
    ['a list', '- app\n', ['fox.config.yaml: must be a map, not a list']],
    ['a word', 'app', ['fox.config.yaml: must be a map, not "app"']],
    [
      'components as a list',
      'app: a\ncomponents: [web]\n',
      ['fox.config.yaml:2 components: must be a map, not a list'],
    ],
    [
      'no component',
      'app: a\ncomponents: {}\n',
      ['fox.config.yaml:2 components: must have at least one component'],
    ],
    [
      'an empty component',
      'app: a\ncomponents:\n  web:\n',
      ['fox.config.yaml:3 components.web: is empty; it must be a map'],
    ],
    [
      'a key twice',
      `${smallest}    path: other\n`,
      ['fox.config.yaml:6: the key path stands here a second time'],
    ],
    [
      'a bracket left open',
      'app: a\ncomponents: [\n',
      ['fox.config.yaml:3: can\'t be read: wrong indentation, or a "[" or "{" that is never closed'],
    ],
    [
      'a tab',
      'app: a\ncomponents:\n\tweb: {}\n',
      ['fox.config.yaml:3: is indented with a tab; YAML wants spaces'],
    ],
    [
      'a colon that needs quotes',
      'app: a: b\n',
      ['fox.config.yaml:1: can\'t be read: wrong indentation, or text with ": " that needs quotes'],
    ],
    [
      'a back-tick that needs quotes',
      'app: `a`\n',
      ['fox.config.yaml:1: text that starts with ` needs quotes'],
    ],
    [
      'two documents',
      'app: a\n---\napp: b\n',
      ['fox.config.yaml:2: a second document starts here (---); a config is one'],
    ],
    ['an unknown tag', 'app: !name a\n', ['fox.config.yaml:1: the tag !name means nothing here']],
    ['an alias without anchor', 'app: *name\n', ['fox.config.yaml:1: there is no anchor &name before *name']],
    [
      'bytes that are no UTF-8',
      Buffer.from('app: caf\xe9\n', 'latin1').toString(),
      ['fox.config.yaml: is not UTF-8 text; save it in that encoding'],
    ],
    [
      'UTF-16',
      Buffer.from('\uFEFFapp: a\n', 'utf16le').toString(),
      ['fox.config.yaml: is not UTF-8 text; save it in that encoding'],
    ],
    ['brackets without end', '['.repeat(100_000), ['fox.config.yaml: nests deeper than 64 levels']],
    ['maps without end', '{a: '.repeat(100_000), ['fox.config.yaml: nests deeper than 64 levels']],
    [
      'megabytes',
      `# ${'x'.repeat(1024 * 1024)}`,
      ['fox.config.yaml: has 1048578 characters; 1048576 are possible'],
    ],
    [
      'itself inside',
      'app: a\ncomponents: &all { web: *all }\n',
      [`fox.config.yaml:2 components.web.web: unknown key; known are ${componentKeys}`],
    ],
  ])('%s', (_, text, problems) => {
    expect(problemsOf(text).toSorted()).toEqual([...problems].toSorted());
  });

  test('an alias bomb', () => {
    const levels = [...'abcdefghij'].map(
      (name, index, all) =>
        `${name}: &${name} [${
          index === 0
            ? 'x'
            : Array(10)
                .fill(`*${all[index - 1] ?? ''}`)
                .join(', ')
        }]`,
    );
    expect(problemsOf(levels.join('\n'))).toEqual([
      'fox.config.yaml: its aliases (*name) expand to more than a file can hold',
    ]);
  });
});
