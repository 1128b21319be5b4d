// Searches directories upwards by cosmiconfig. Loaded only where the config isn't at the first place to look.
import { sep } from 'node:path';
import { cosmiconfig } from 'cosmiconfig';

/** What can hold a config. */
export interface SearchedFiles {
  /** File names in the order of preference. */
  readonly files: readonly string[];
  /** Key that holds it in package.json. */
  readonly packageKey: string;
}

/** Path of the nearest file from `start` up to `root` that holds a config. An empty one counts: it is told what it lacks. */
export async function searchUpwards(
  start: string,
  root: string,
  { files, packageKey }: SearchedFiles,
): Promise<string | undefined> {
  const explorer = cosmiconfig(packageKey, {
    searchPlaces: [...files],
    stopDir: root,
    ignoreEmptySearchPlaces: false,
    loaders: {
      '.yaml': anyContent,
      '.yml': anyContent,
      '.json': (file, content) =>
        file.endsWith(`${sep}package.json`) ? packageConfig(content, packageKey) : anyContent(),
    },
  });
  return (await explorer.search(start))?.filepath;
}

/** What stands for a file whose content doesn't matter here. */
function anyContent(): object {
  return {};
}

/** What package.json says of fox. A broken file says nothing: it may belong to anything. */
function packageConfig(content: string, packageKey: string): object {
  try {
    const value: unknown = JSON.parse(content.replace(/^\uFEFF/, ''));
    const config =
      value !== null && typeof value === 'object'
        ? (value as Record<string, unknown>)[packageKey]
        : undefined;
    return config !== null && typeof config === 'object' ? { [packageKey]: config } : {};
  } catch {
    return {};
  }
}
