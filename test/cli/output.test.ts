// What is printed where: results on standard output, all else on standard error; and the exit codes.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { InitResult } from '../../src/actions/init.ts';
import { main } from '../../src/main.ts';
import { inDirectory, type Outcome, run } from './run-main.ts';

async function inApp(work: (fox: (...args: string[]) => Promise<Outcome>, cwd: string) => Promise<void>) {
  await inDirectory(async (cwd) => {
    expect(await run(['init'], { cwd })).toMatchObject({ code: 0 });
    await work((...args) => run(args, { cwd }), cwd);
  });
}

describe('a result', () => {
  it('is text for people', async () => {
    await inDirectory(async (cwd) => {
      const { code, stdout, stderr } = await run(['init', 'shop'], { cwd });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('fox.config.yaml');
      expect(stdout).toContain('fox deploy v1');
    });
  });

  it('is the same document as JSON and YAML', async () => {
    await inApp(async (fox) => {
      const json = await fox('validate', '-o', 'json');
      const yaml = await fox('validate', '-o', 'yaml');
      expect(JSON.parse(json.stdout)).toEqual(parseYaml(yaml.stdout));
      expect(JSON.parse(json.stdout)).toMatchObject({ schema: 'fox/v1', kind: 'validate' });
      expect([json.stderr, yaml.stderr]).toEqual(['', '']);
    });
  });

  it('names what was written', async () => {
    await inDirectory(async (cwd) => {
      const { stdout } = await run(['init', 'shop', '-o', 'json'], { cwd });
      const result = JSON.parse(stdout) as InitResult;
      expect(result).toMatchObject({ directory: join(cwd, 'shop'), template: 'minimal', committed: true });
      expect(result.files).toContain('fox.config.yaml');
    });
  });
});

describe('reading', () => {
  it.each(['status', 'versions', 'history', 'plan', 'prune --dry-run'])(
    '%s works before there is a cluster',
    async (line) => {
      await inApp(async (fox) => {
        const { code, stdout, stderr } = await fox(...line.split(' '), '-o', 'json');
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(JSON.parse(stdout)).toMatchObject({ schema: 'fox/v1', kind: line.split(' ')[0] });
      });
    },
  );
});

describe('an error', () => {
  it('is one document on standard error for programs', async () => {
    await inDirectory(async (cwd) => {
      for (const format of ['json', 'yaml']) {
        const { code, stdout, stderr } = await run(['status', '-o', format], { cwd });
        expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
        expect(parseYaml(stderr)).toMatchObject({
          schema: 'fox/v1',
          kind: 'error',
          code: 'GIT_NOT_READY',
        });
      }
    });
  });

  it('has no colours without a terminal, and has them when they are forced', async () => {
    const plain = await run(['nope']);
    expect(plain.stderr).toMatch(/^Error: unknown command/);
    const forced = await run(['nope'], { env: { FORCE_COLOR: '1' } });
    expect(forced.stderr).toContain('\u001B[31mError:');
    const refused = await run(['nope'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    expect(refused.stderr).toBe(plain.stderr);
  });

  it.each([
    'release v1 -e Team',
    'release v1 --dry-run',
    'plan Not-A-Label',
    'plan --commit nowhere',
    'plan --app other',
    'delete v1 --dry-run',
    'history -e nowhere',
    'why web',
  ])('about a name ends with exit code 2: %s', async (line) => {
    await inApp(async (fox) => {
      const { code, stdout, stderr } = await fox(...line.split(' '));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^Error: /);
      expect(stderr).not.toMatch(/^\s+at /m);
    });
  });

  it('ends with exit code 5 where a guard refuses', async () => {
    await inApp(async (fox, cwd) => {
      await writeFile(join(cwd, 'fox.config.yaml'), '\n', { flag: 'a' });
      const { code, stderr } = await fox('plan', 'v1');
      expect(code).toBe(5);
      expect(stderr).toContain('  fox.config.yaml\n');
    });
  });

  it('ends with exit code 130 when it was cancelled', async () => {
    await inApp(async (_, cwd) => {
      const { code, stderr } = await run(['cluster', 'start'], { cwd, signal: AbortSignal.abort() });
      expect(code).toBe(130);
      expect(stderr).toContain('Error: cancelled');
    });
  });

  it('that nobody expected says that it is a bug, and ends with exit code 70', async () => {
    await inApp(async (_, cwd) => {
      let stderr = '';
      const write = (text: string) => void (stderr += text);
      const broken = { write } as unknown as NodeJS.WriteStream;
      const code = await main(['validate'], {
        cwd,
        env: {},
        stdin: undefined as unknown as NodeJS.ReadStream,
        stdout: broken,
        stderr: broken,
        signal: new AbortController().signal,
      });
      expect(code).toBe(70);
      expect(stderr).toContain('Bug in fox:');
      expect(stderr).toContain('Please report this');
    });
  });
});
