// Rules of routes: what can be written, and what is refused and how.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FoxError } from '../../../../../src/core/errors.ts';
import { parseRule, ruleProblem, ruleText } from '../../../../../src/core/routing/rules/rule.ts';
import { anyRule } from './rule-sketch.ts';

function textsOf(rule: string): string[] {
  return parseRule(rule).rules.map(ruleText);
}

describe('parseRule', () => {
  test.each([
    ['All()', ['All()']],
    ['Path(`/`)', ['Path(`/`)']],
    ['PathPrefix(`/`)', ['PathPrefix(`/`)']],
    ['Path("/a/b")', ['Path(`/a/b`)']],
    [' PathPrefix( `/a` ) ', ['PathPrefix(`/a`)']],
    ['PathPrefix(`/a/`)', ['PathPrefix(`/a`)']],
    ['Path(`/a/`)', ['Path(`/a/`)']],
    ['Path(`/caf%C3%A9/a b`)', ['Path(`/café/a b`)']],
    ['Path(`/a.b/...`)', ['Path(`/a.b/...`)']],
    ['Path(`/a%2Fb`) || Path(`/a/b`)', ['Path(`/a%2Fb`)', 'Path(`/a/b`)']],
    ['Path(`/%25%2A%60/x%2F{id}`)', ['Path(`/%25%2A%60/x%2F{id}`)']],
    ['Host(`[::ffff:1.2.3.4]`)', ['Host(`[::ffff:1.2.3.4]`)']],
    ['PathPrefix(`/a/{rest...}`)', ['Path(`/a/{rest...}`)']],
    [String.raw`Path("/\{x\}")`, [String.raw`Path(${'`'}/\{x\}${'`'})`]],
    ['Host(`Shop.Example.COM.`)', ['Host(`shop.example.com`)']],
    ['Host(`[::1]`)', ['Host(`[::1]`)']],
    ['Method(`get`, `POST`, `GET`)', ['Method(`GET`, `POST`)']],
    ['Header(`X-User`)', ['Header(`x-user`)']],
    ['Header("X-User", "say \\"hi\\" \\\\o/")', ['Header(`x-user`, `say "hi" \\o/`)']],
    ['Query(`q`, `{[a-z]{2}}`)', ['Query(`q`, `{[a-z]{2}}`)']],
    ['Type(`io.kubefox.HTTP`)', ['Type(`io.kubefox.http`)']],
    ['Path(`/a`) && Method(`GET`)', ['Path(`/a`) && Method(`GET`)']],
    [
      'Method(`GET`) && PathPrefix(`/a`) && Path(`/a/b`)',
      ['Path(`/a/b`) && Method(`GET`) && PathPrefix(`/a`)'],
    ],
    [
      'Path(`/a`) && (Method(`GET`) || !Query(`x`))',
      ['Path(`/a`) && Method(`GET`)', 'Path(`/a`) && !Query(`x`)'],
    ],
    ['!(Path(`/a`) || Path(`/b`))', ['!Path(`/a`) && !Path(`/b`)']],
    ['!!Path(`/a`)', ['Path(`/a`)']],
    ['Path(`/a`) || Path("/a")', ['Path(`/a`)']],
    ['Path(`/a`) || Path(`/b`) && All()', ['Path(`/a`)', 'Path(`/b`)']],
  ])('%s', (rule, expected) => {
    expect(ruleProblem(rule)).toBeUndefined();
    expect(textsOf(rule)).toEqual(expected);
  });

  test.each([
    'Path("/{{.Vars.subPath}}/hello")',
    'PathPrefix(`/{{.Env.subPath}}/static`)',
    'Method(`PUT`,`GET`,`POST`) && (Query(`q1`, `q1`) && Header(`header-one`,`{[a-z0-9]+}`)) && Host(`{}.0.0.{i}`)',
    '(Query("q1", "{q[1-2]}") && Header("header-one","{[a-z0-9]+}")) && ((Method("PUT","GET","POST") || Header("header-one","{[a-z0-9]+}") || (Host("google.com") && Query("q2", "q2"))))',
    'Path(`/customize/{{.Vars.a}}`) && Header(`host`, `{{.Env.b}}`)',
    'Path("/test/{id:[0-9]{2,4}}/{x:a|b}/{stuff...}")',
    'All() || !(Type(`io.kubefox.http`))',
  ])('%s, as apps of KubeFox have it', (rule) => {
    expect(ruleProblem(rule)).toBeUndefined();
  });

  test.each([
    ['', /is empty/],
    ['/a', /unexpected "\/" at column 1: texts stand in back-ticks/],
    ['Path', /ends at column 5, where "\(" after Path is expected/],
    ['Path()', /has Path\(\) with no value; it is written Path\(`\/x`\)/],
    ['Path(/a)', /unexpected "\/" at column 6/],
    ["Path('/a')", /unexpected "'" at column 6: texts stand in back-ticks or double quotes/],
    ['Path(`/a`, `/b`)', /with 2 values/],
    ['Path(`/a` `/b`)', /has a text at column 11, where "," or "\)" is expected/],
    ['Path(`/a`, )', /has \) at column 12, where a text .* is expected/],
    ['Path(`/a`) & Path(`/b`)', /unexpected "&" at column 12: "and" is &&, "or" is \|\|/],
    ['Path(`/a`) and Path(`/b`)', /has and at column 12: "and" is &&$/],
    ['Path(`/a`) OR Path(`/b`)', /has OR at column 12: "OR" is \|\|$/],
    ['not(Path(`/a`))', /has not at column 1: "not" is !$/],
    ['Path(`/a`) && not Path(`/b`)', /has not at column 15: "not" is !$/],
    ['Path(`/a`) && ', /ends at column 15, where a predicate such as/],
    ['(Path(`/a`)', /ends at column 12, where &&, \|\| or "\)" is expected/],
    ['Path(`/a`))', /has \) at column 11/],
    ['Path(`/é`) && Path(`/a', /a text at column 20 that doesn't end/],
    ['Pathprefix(`/a`)', /did you mean PathPrefix\(\)\?/],
    [
      'Path(`/a`) && Methods(`GET`)',
      /unknown Methods\(\); did you mean Method\(\)\? Known are All\(\), .*\(in Methods at column 15\)/,
    ],
    ['Paths(`a`) || All()', /\(in Paths at column 1\)/],
    ['Method(`G ET`) && All()', /no request can have \(in Method at column 1\)/],
    ['All() && Header(`a`, `{(x}`)', /bad regex \(x: .*\(in Header at column 10\)/],
    ['PathRegexp(`/a`)', /unknown PathRegexp\(\); .*Path\(`\/\{name:regex\}`\)$/],
    ['HostRegexp(`a`)', /Host\(`\{name:regex\}\.example\.com`\)$/],
    ['HeaderRegexp(`a`, `b`)', /Header\(`name`, `\{regex\}`\)$/],
    ['QueryRegexp(`a`, `b`)', /Query\(`name`, `\{regex\}`\)$/],
    ['ClientIP(`10.0.0.1`)', /none about the addresses of clients$/],
    ['Path(`/{{.Vars.X`)', /template \{\{\.Vars\.X without its "\}\}"/],
    ['Header(`a`, `{{.Env.X}`)', /template \{\{\.Env\.X without its "\}\}"/],
    ['Header(`a`, `{[0-9}`)', /bad regex \[0-9: missing closing \]/],
    ['Any()', /unknown Any\(\).*known are All\(\), Header/],
    ['Path(`a`)', /starts with "\/", not "a"/],
    ['Path(``)', /starts with "\/"/],
    ['Path(`/a?b=c`)', /"\?"/],
    ['PathPrefix(`/a/*`)', /PathPrefix/],
    ['Path(`/%zz`)', /"%" are percent-encoding; the character itself is %25/],
    ['Path(`/a%{id}`)', /percent-encoding/],
    ['Path(`/a/../b`)', /segment/],
    ['Path(`/a/%2e/b`)', /segment/],
    ['Path(`/a\\b`)', /"\\"/],
    ['Path(`//a`)', /"\/\/"/],
    ['Path(`/a\nb`)', /control/],
    ['Path(`/{id`)', /"\{" without its "\}"; the character itself is \\\{/],
    ['Path(`/id}`)', /"\}" without its "\{"/],
    ['Path(`/{a b}`)', /names consist of letters/],
    ['Path(`/{[0-9]+}`)', /a capture is \{name\}, \{name:regex\}/],
    ['Path(`/{id:}`)', /without a regex/],
    ['Path(`/{rest...}/a`)', /not the whole last segment/],
    ['Path(`/a{rest...}`)', /not the whole last segment/],
    ['Path(`/{a}/{a}`)', /captures \{a\} twice/],
    ['Path(`/{a}-{a}`)', /captures \{a\} twice/],
    ['Host(`{a}.x`) && Path(`/{a}`)', /captures \{a\} twice/],
    ['Path(`/x`) && !PathPrefix(`/{a}`)', /captures \{a\} of what must not be there; write \{\}/],
    ['Path(`/{a:(?=x)}`)', /lookahead and lookbehind are not supported/],
    ['Path(`/{a:(?<!x)y}`)', /lookahead and lookbehind are not supported/],
    [String.raw`Path("/{a:(x)\1}")`, /backreferences are not supported/],
    ['Path(`/{a:[0-9}`)', /without its "\}"/],
    ['Path(`/{a:(x}`)', /bad regex \(x: missing closing \)/],
    ['Path(`/{a:x)(y}`)', /bad regex/],
    ['Path(`/{a:(a{1,1000}){1,1000}}`)', /bad regex .*too large/],
    ['Path(`/{a:[a-z]{1,900}[0-9]{1,900}}`)', /too large/],
    [String.raw`Path("/{a:\{{.Vars.x}}}")`, /right before a variable/],
    [`Path(\`/${'{}/'.repeat(101)}x\`)`, /more than 100 captures and regexes/],
    ['Host(`shop.example.com:8080`)', /compared without/],
    ['Host(`http://a`)', /has a host with a scheme/],
    ['Host(`*.example.com`)', /a label that may be anything is \{\}/],
    ['Host(``)', /empty host|no host can have/],
    ['Host(`a..b`)', /no host can have/],
    ['Host(`bücher.example`)', /xn--/],
    ['Host(`{rest...}.b`)', /outside of a path/],
    ['Method(`G ET`)', /no request can have/],
    ['Method(`{.*}`)', /where only a text can be/],
    ['Header(``)', /as the name of a header/],
    ['Header(`{x.*}`, `a`)', /where only a text can be/],
    ['Header(`a`, `x{[0-9]}`)', /exact text, or \{regex\} for the whole value/],
    ['Header(`a`, `{}`)', /empty regex/],
    ['Header(`a`, `b`, `c`)', /with 3 values; it is written Header/],
    ['Header(`a`, `{{.Vars.subPath}}`)', /only as the whole first segment/],
    ['Type(``)', /empty type/],
    ['!All()', /matches no request at all/],
    ['Path(`/a`) && !Path(`/a`)', /matches no request at all/],
    [`PathPrefix(\`/${'a'.repeat(4_096)}\`)`, /longer than 4096/],
    [`${'!('.repeat(60)}All()${')'.repeat(60)}`, /nested more than 50 levels deep at column \d+/],
    [
      Array.from({ length: 11 }, (_, n) => `(Query(\`a${n}\`) || Query(\`b${n}\`))`).join(' && '),
      /more than 1000 combinations/,
    ],
  ])('refuses %s', (rule, problem) => {
    expect(ruleProblem(rule)).toMatch(problem);
    expect(() => parseRule(rule)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  test('never throws anything but FoxError, whatever is written', () => {
    const wild = fc
      .array(
        fc.constantFrom(
          'Path',
          'Host',
          'Header',
          '(',
          ')',
          '`',
          '"',
          '{',
          '}',
          '{{.Vars.x}}',
          '/',
          'a',
          ':',
          '[',
          ']',
          '\\',
          '&&',
          '||',
          '!',
          ',',
          '+',
          '...',
          '|',
          '.',
        ),
        { maxLength: 16 },
      )
      .map((words) => words.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          wild,
          wild.map((path) => `Path(\`/${path.replaceAll('`', '')}\`)`),
          wild.map((value) => `Header(\`a\`, \`${value.replaceAll('`', '')}\`)`),
          wild.map((host) => `Host(\`${host.replaceAll('`', '')}\`)`),
          fc.string({ unit: 'binary' }).map((path) => `Path(\`${path}\`)`),
        ),
        (rule) => {
          const problem = ruleProblem(rule);
          const code = problem === undefined ? undefined : 'CONFIG_INVALID';
          expect(codeOf(() => parseRule(rule))).toBe(code);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('what a rule is told as can be read again, and means the same', () => {
    fc.assert(
      fc.property(anyRule, ({ text }) => {
        fc.pre(ruleProblem(text) === undefined);
        const texts = textsOf(text);
        expect(texts.flatMap(textsOf)).toEqual(texts);
      }),
      { numRuns: 500 },
    );
  });
});

/** The code of the FoxError that an action throws; undefined if it throws none. */
function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof FoxError) return error.code;
    throw error;
  }
}
