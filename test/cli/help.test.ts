// Help and the version, wherever they are asked for.
import { describe, expect, it } from 'vitest';
import { commandTable } from '../../src/cli/command-table.ts';
import { parseCommandLine } from '../../src/cli/program.ts';
import { run } from './run-main.ts';

const silent = { env: {}, write: () => undefined };

/** Words of a line as a shell splits it. */
function words(line: string): string[] {
  return (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, '$1'));
}

const version = '0.0.0-test\n';

describe('the version', () => {
  it.each([['--version'], ['-V'], ['--quiet', '--version'], ['--version', 'deploy']])(
    'is printed for %s %s',
    async (...args) => {
      expect(await run(args)).toEqual({ code: 0, stdout: version, stderr: '' });
    },
  );

  it('is something else behind a command: the name of a version', async () => {
    const ended = await run(['deploy', '--version']);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain("option '--version <name>' argument missing");
  });
});

describe('help', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('lists every command for %j', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name } of commandTable) expect(stdout).toContain(`\n  ${name.split(' ')[0]} `);
    expect(stdout).toContain('FOX_VIRTUAL_ENV');
  });

  it.each(commandTable.map((definition) => [definition.name, definition] as const))(
    'shows what `%s` does, takes, and looks like',
    async (name, { summary, examples, options = [], arguments: given = [] }) => {
      const { code, stdout } = await run([...name.split(' '), '--help']);
      expect(code).toBe(0);
      const text = stdout.replace(/\s+/g, ' ');
      expect(text).toContain(`Usage: fox ${name}`);
      expect(text).toContain(summary);
      for (const example of examples) expect(text).toContain(`$ fox ${example}`);
      for (const { flags } of options) expect(text).toContain(flags);
      for (const argument of given) expect(text).toContain(argument.description);
      for (const flag of ['--app', '--output', '--timeout', '--quiet', '--verbose', '--no-color'])
        expect(text).toContain(flag);
    },
  );

  it('is the same by `help <command>`', async () => {
    expect(await run(['help', 'deploy'])).toEqual(await run(['deploy', '--help']));
  });

  it('has examples that can be parsed', async () => {
    for (const { name, examples } of commandTable) {
      const meant = examples.map((line) => parseCommandLine(words(line), '1', silent)?.definition.name);
      expect(meant).toEqual(examples.map(() => name));
      expect(meant).not.toEqual([]);
    }
  });
});
