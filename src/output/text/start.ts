// Text of init and demo: what was made, and what to type next.
import { relative } from 'node:path';
import type { DemoResult } from '../../actions/demo.ts';
import type { InitResult } from '../../actions/init.ts';
import type { Style } from '../style.ts';

export function initText({ directory, template, ci, files, committed }: InitResult, style: Style): string {
  const where = relative(process.cwd(), directory) || '.';
  const next = [
    ...(where === '.' ? [] : [`cd ${where}`]),
    ...(committed ? [] : ['git add --all && git commit']),
    ...(template === undefined ? [] : [`fox deploy ${template.split('/')[1] ?? 'v1'}`]),
  ];
  const what = [template, ci === undefined ? undefined : `a recipe for ${ci}`].filter(Boolean).join(' and ');
  if (files.length === 0) return `${directory} has all files of ${what} already`;
  return [
    `Wrote ${what} to ${where}: ${files.join(', ')}`,
    ...(committed ? ['Made a git repository with one commit.'] : []),
    ...(ci === undefined ? [] : ['Its first lines say what it needs to know of your cluster and registry.']),
    '',
    'Next:',
    ...next.map((line) => `  ${style.accent(line)}`),
  ].join('\n');
}

export function demoText({ directory, cleaned, url, program }: DemoResult, style: Style): string {
  const where = relative(process.cwd(), directory) || '.';
  if (cleaned) return `Stopped the demo and removed ${where}`;
  const next = [
    [`cd ${where}; alias fox='${program}'`, 'then:'],
    ['fox open v3', 'the URL of v3, for a browser'],
    ['fox rollback -e team-a', 'team-a has no earlier release: see what it says'],
    ['fox release v3 -e team-a && fox rollback -e team-a', 'move plain traffic, and back'],
    ['fox why order-worker', 'why this pod exists'],
    [
      'kubectl --kubeconfig $(fox cluster kubeconfig) get deployments -L kubefox.io/component,kubefox.io/hash',
      'the same, seen by kubectl',
    ],
    ['fox demo --clean', 'stop everything and remove it (from the directory above)'],
  ];
  return [
    '',
    `${style.good('✔')} Three versions run side by side at ${url}, in ${where}. They stay until you remove them. Try:`,
    ...next.map(([command = '', what = '']) => `  ${style.accent(command)}\n      ${style.dim(what)}`),
  ].join('\n');
}
