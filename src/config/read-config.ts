// Reads a config, and remembers what came of it: reading and validating YAML takes longer than all else of a small plan.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config, ConfigSource } from './config.ts';
import type { Path } from './config-document.ts';

/** Replaced by a hash of what decides how a config is read, when fox is built. */
declare const FOX_CONFIG_BUILD: string;

/** How many configs are remembered. */
const remembered = 64;

/**
 * Validates a config, or finds it among those that were valid before. What is remembered is in `home`/cache/config, if
 * `home` exists; without it this is only slower.
 * @throws FoxError CONFIG_INVALID with every problem found.
 */
export async function readConfig(source: ConfigSource, home: string): Promise<Config> {
  const file = cacheFile(source, home);
  const known = await readCached(file);
  if (known !== undefined) return known;
  const { validateConfig } = await import('./validate-config.ts');
  const config = validateConfig(source);
  if (existsSync(home)) await remember(file, config);
  return config;
}

/** The config if it was valid before; undefined if this isn't known. */
export async function rememberedConfig(source: ConfigSource, home: string): Promise<Config | undefined> {
  return readCached(cacheFile(source, home));
}

/** Line of a path of a config, for problems that only git can find. */
export async function configLine(source: ConfigSource, path: Path): Promise<number | undefined> {
  const { parseConfigDocument } = await import('./config-document.ts');
  return parseConfigDocument(source.file, source.text, source.key).lineOf(path);
}

function cacheFile({ file, key = '', text }: ConfigSource, home: string): string {
  const name = createHash('sha256').update([FOX_CONFIG_BUILD, file, key, text].join('\0')).digest('hex');
  return join(home, 'cache', 'config', `${name}.json`);
}

async function readCached(file: string): Promise<Config | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Config;
  } catch {
    // Missing or torn: it is read again from the config itself.
    return undefined;
  }
}

/** A cache that can't be written (full disk, no permission) is done without. */
async function remember(file: string, config: Config): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporary, JSON.stringify(config), { mode: 0o600 });
    await rename(temporary, file);
    const names = await readdir(dirname(file));
    if (names.length > remembered) await rm(dirname(file), { recursive: true });
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
