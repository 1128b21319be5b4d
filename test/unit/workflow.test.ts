// This repository's own CI workflow: it is whole, its scripts are scripts, and what it runs is here.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

const workflow = parse(readFileSync('.github/workflows/ci.yaml', 'utf8')) as {
  jobs: Record<string, { steps: Step[] }>;
};
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
const scripts = steps.flatMap(({ run }) => run ?? []);

test('every script is one that bash reads', () => {
  expect(scripts.length).toBeGreaterThan(5);
  for (const script of scripts) {
    const filled = script.replaceAll(/\$\{\{.*?\}\}/g, 'x');
    expect(() => execFileSync('bash', ['-n'], { input: filled })).not.toThrow();
  }
});

test('actions are pinned by their major version', () => {
  const actions = steps.flatMap(({ uses }) => uses ?? []);
  expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@v\d+$/.test(action))).toEqual([]);
});

test('files and npm scripts that it names are here', () => {
  const text = scripts.join('\n');
  const paths = text.match(/(?<=^|\s)(?:\.ci|test|bin)\/[\w./-]+/gm) ?? [];
  expect(paths.length).toBeGreaterThan(3);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  const { scripts: known } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
  const named = [...text.matchAll(/\bnpm run (?:-s )?(\w+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in known))).toEqual([]);
});
