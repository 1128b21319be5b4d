// The text of virtual environments: the tree of all, one in full, two side by side; and nothing that a terminal could take for a command.
import { expect, test } from 'vitest';
import { environmentDiff } from '../../../src/actions/environments/diff.ts';
import { environmentItems } from '../../../src/actions/environments/list.ts';
import { shownEnvironment } from '../../../src/actions/environments/show.ts';
import { makeStyle } from '../../../src/output/style.ts';
import { environmentText } from '../../../src/output/text/environment.ts';
import { environmentDiffText, environmentListText } from '../../../src/output/text/environments.ts';
import { shortened, variableLine } from '../../../src/output/text/value.ts';
import { namespaceOf } from '../actions/namespace-fixture.ts';
import { fingerprints, looked, now, state } from '../actions/environments/looked-at.ts';

const plain = makeStyle(false);

function listText(of = state): string[] {
  return environmentListText(
    { schema: 'fox/v1', kind: 'env list', items: environmentItems(of, now) },
    plain,
  ).split('\n');
}

test('the list is a tree, with the reason beneath it where one can not be used', () => {
  expect(listText()).toEqual([
    'NAME        POLICY  ACCESS    PLAIN URLS                   TIME         RUNS              RELEASED',
    'dev         stable  open      -                            -            shop v1, shop v2  pay v9, shop v2',
    '  team-a    stable  open      team-a.example.com, /team-a  2d 12h left  shop v1           shop v1',
    '    team-b  stable  internal  -                            -            -                 -',
    'lost        -       -         lost.example.com             -            -                 -',
    "✘ lost can't be used: its parent gone doesn't exist",
  ]);
});

test('environments that go round in a circle are listed, each once', () => {
  const circle = namespaceOf({
    environments: [
      { name: 'a', parent: 'b' },
      { name: 'b', parent: 'a' },
    ],
  });
  const names = listText(circle)
    .slice(1, 3)
    .map((line) => line.trim().split(' ')[0]);
  expect(names).toEqual(['a', 'b']);
});

test('one app needs no name in front of each version', () => {
  const one = namespaceOf({ ...looked, releases: {} });
  expect(listText(one)[1]).toContain(' v1, v2 ');
});

test('one in full shows values and what declares them; with their origin, also whom they override', () => {
  const shown = shownEnvironment('team-a', state, now);
  const text = environmentText(shown, plain, false);
  expect(text).toContain('KEY       ••••  fingerprint 5e6f7a8b  from db/password  secret  ui (v1)');
  expect(environmentText(shownEnvironment('team-b', state, now), plain, false)).toMatch(
    /THEME +blue +string +nobody here; elsewhere ui \(v1, v2\)$/m,
  );
  expect(text).toMatch(/OLD +1 +number +nobody: unused/);
  expect(text).toMatch(/GREETING +Hello +string +greeter \(v1; per request\)/);
  expect(text).toContain('2d 12h left');
  expect(text).toContain('  NOTE  default "", declared by ui');
  expect(text).not.toContain('OVERRIDES');
  const whole = environmentText(shown, plain, true);
  expect(whole).toMatch(/THEME +blue +string +team-a +dev: red/);
  expect(whole).toMatch(/KEY .* team-a +dev: ••••  fingerprint 1a2b3c4d/);
  expect(whole).toMatch(/OLD +1 +number +dev +- /);
  for (const each of [text, whole]) expect(each).not.toContain(fingerprints.one.slice(0, 16));
});

/** What is shown of how browsers are served, in environments that say so much. */
function served(...settings: object[]) {
  const environments = settings.map((each, index) => ({ name: `env-${index}`, ...each }));
  return environments.map(({ name }) => {
    const shown = shownEnvironment(name, namespaceOf({ environments }), now);
    return /^ {2}browsers +(.*)$/m.exec(environmentText(shown, plain, false))?.[1];
  });
}

test('how browsers are served is shown where it is not so by default, which policy and access decide', () => {
  expect(served({}, { policy: 'stable' }, { access: 'internal' })).toEqual([undefined, undefined, undefined]);
  const told = { responseHeaders: true };
  expect(served(told, { policy: 'stable', ...told }, { access: 'internal', ...told })).toEqual([
    undefined,
    'are told what answers',
    'are told what answers',
  ]);
  expect(served({ responseHeaders: false }, { access: 'signed', responseHeaders: false })).toEqual([
    "aren't told what answers",
    undefined,
  ]);
});

test('a long value is cut where it is shown, so that no table is as wide as it', () => {
  const long = namespaceOf({
    environments: [{ name: 'a', vars: { A: 'y'.repeat(120_000) } }, { name: 'b' }],
  });
  const cut = `${'y'.repeat(60)}… (120000 characters)`;
  for (const text of [
    environmentText(shownEnvironment('a', long, now), plain, true),
    environmentDiffText(environmentDiff('a', 'b', long, now), plain),
  ]) {
    expect(text).toContain(cut);
    expect(text.length).toBeLessThan(1_000);
  }
  expect(shownEnvironment('a', long, now).values).toMatchObject([{ value: 'y'.repeat(120_000) }]);
});

test('no value is cut within a character', () => {
  expect(shortened(`${'y'.repeat(59)}😀😀`)).toBe(`${'y'.repeat(59)}… (63 characters)`);
});

test('one that can not be used says why, and what mends it', () => {
  const text = environmentText(shownEnvironment('lost', state, now), plain, true);
  expect(text).toContain("lost can't be used: its parent gone doesn't exist");
  expect(text).toContain('`fox env set -e lost --no-parent`');
});

test('two are shown side by side; what is inherited is marked, and equal values are in one line', () => {
  const lines = environmentDiffText(environmentDiff('dev', 'team-b', state, now), plain).split('\n');
  expect(lines[0]).toMatch(/^ +dev +team-b$/);
  expect(lines).toContainEqual(expect.stringMatching(/^THEME +red +blue \(team-a\)$/));
  expect(lines).toContainEqual(expect.stringMatching(/^access +open +internal$/));
  expect(lines.at(-1)).toBe('Equal, though not said in the same way: OLD');
  const same = environmentDiffText(environmentDiff('dev', 'dev', state, now), plain);
  expect(same).toBe('dev and dev have the same values and settings');
});

test.each([
  ['plain text, with spaces', 'plain text, with spaces'],
  ['grün ✔', 'grün ✔'],
  ['', '""'],
  [' padded ', '" padded "'],
  ['two\nlines', '"two\\nlines"'],
  ['red \u001B[31m', '"red \\u001b[31m"'],
  ['bell \u009B1m', '"bell \\u{9b}1m"'],
  ['turned \u202Eround', '"turned \\u{202e}round"'],
  [5, '5'],
  [true, 'true'],
  [['a', 1], '["a",1]'],
  [['\u009B1m'], '["\\u{9b}1m"]'],
])('the value %j is shown as %s', (value, expected) => {
  expect(variableLine(value)).toBe(expected);
});
