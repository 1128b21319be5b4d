// Writes an app from a template: all of it where there is none, and else what a step of its story changes.
import { basename, join } from 'node:path';
import { type MergedConfig, mergeConfig } from '../../config/merge-config.ts';
import { nameProblem, versionNameOf } from '../../core/names.ts';
import { type Refusal, readPresent, readStory, readTemplate, writeFiles } from './template.ts';

const configFile = 'fox.config.yaml';

/**
 * Writes `template` (`minimal`, `order-app`, `order-app/v2`) into a directory.
 * @returns the paths that were written.
 * @throws FoxError IN_USE naming the files that are in the way; then nothing is written.
 */
export async function writeApp(installation: string, template: string, target: string): Promise<string[]> {
  const [name = '', step = 'v1'] = template.split('/');
  if (name === 'minimal') return writeFiles(target, await minimalApp(installation, target));
  const story = await readStory(installation, name);
  const steps = await Promise.all(story.map(async ({ tag }) => readTemplate(installation, name, tag)));
  const files = await readTemplate(installation, name, step);
  const before = steps[story.findIndex(({ tag }) => tag === step) - 1] ?? new Map<string, string>();
  // Files of any step are the story's own: a later one (and an earlier one) may replace them.
  const isKnown = (path: string, text: string) => steps.some((each) => each.get(path) === text);
  const present = await presentFiles(target, files);
  const changed = [...files].filter(([path, text]) => before.get(path) !== text);
  const isThere = changed.every(([path]) => !before.has(path) || present.has(path));
  if (before.size === 0 || !isThere) return writeFiles(target, files, isKnown);
  const own = present.get(configFile);
  const merged = own === undefined || isKnown(configFile, own) ? undefined : mergedConfig(own, before, files);
  const isWanted = ([path]: readonly [string, string]) => {
    const now = present.get(path);
    return before.get(path) !== files.get(path) || (now !== undefined && isKnown(path, now));
  };
  const wanted = new Map([...files].filter(isWanted));
  if (merged !== undefined && 'text' in merged && wanted.has(configFile)) wanted.set(configFile, merged.text);
  const mayReplace = (path: string, text: string) =>
    isKnown(path, text) || (path === configFile && merged !== undefined && 'text' in merged);
  const conflicts = merged !== undefined && 'conflicts' in merged ? merged.conflicts : [];
  return writeFiles(target, wanted, mayReplace, changedSince(target, template, conflicts));
}

function mergedConfig(
  own: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): MergedConfig {
  return mergeConfig(own, before.get(configFile) ?? '', after.get(configFile) ?? '');
}

function changedSince(target: string, template: string, conflicts: readonly string[]): Refusal {
  return {
    message: `files in ${target} that ${template} changes were changed since`,
    describe: (path) =>
      path === configFile && conflicts.length > 0 ? `${path}, at ${conflicts.join(', ')}` : path,
    hints: [
      'Put each back as the template had it (`git log -- <file>`, `git checkout <commit> -- <file>`), or make the change by hand.',
      `\`fox init <directory> --template ${template}\` writes the whole app at this step to another directory.`,
      'Nothing was written.',
    ],
  };
}

/** Texts of those files that exist in a directory. */
async function presentFiles(
  directory: string,
  files: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const present = new Map<string, string>();
  for (const path of files.keys()) {
    const text = await readPresent(join(directory, path));
    if (typeof text === 'string') present.set(path, text);
  }
  return present;
}

/** The minimal app, called after its directory. */
async function minimalApp(installation: string, target: string): Promise<Map<string, string>> {
  const files = await readTemplate(installation, 'minimal');
  const app = appNameOf(target);
  const named = {
    [configFile]: (text: string) => text.replace(/^app: .*$/m, `app: ${app}`),
    'README.md': (text: string) => text.replace(/^# .*$/m, `# ${app}`),
  };
  for (const [path, rename] of Object.entries(named)) {
    const text = files.get(path);
    if (text !== undefined) files.set(path, rename(text));
  }
  return files;
}

function appNameOf(directory: string): string {
  const name = versionNameOf(basename(directory)).replaceAll('.', '-');
  return nameProblem(name) === undefined ? name : 'my-app';
}
