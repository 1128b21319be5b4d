// Types what a section of the README, or of a page that goes with it, shows, word for word, and compares what is shown with what comes.
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { program, type Sandbox } from './sandbox.ts';

/** A command as it is shown, and lines of its output in their order; others may stand between them, unless it explains. */
export interface ShownCommand {
  readonly command: string;
  readonly output: readonly string[];
}

/** The text of a page, or of one of its chapters. */
export async function pageText(page: 'README.md' | 'ROUTING.md', heading?: string): Promise<string> {
  const whole = await readFile(fileURLToPath(new URL(`../../${page}`, import.meta.url)), 'utf8');
  if (heading === undefined) return whole;
  const [, chapter = ''] = whole.split(`\n## ${heading}\n`);
  return chapter.split('\n## ')[0] ?? '';
}

/** The console blocks of a chapter, each a list of commands. */
export async function shownCommands(
  heading: string,
  page: 'README.md' | 'ROUTING.md' = 'README.md',
): Promise<ShownCommand[][]> {
  const text = await pageText(page, heading);
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = '']) => commandsOf(block));
}

function commandsOf(block: string): ShownCommand[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((shown) => {
      const [first = '', ...output] = shown.trimEnd().split('\n');
      return { command: first.replace(/\s{2,}# .*$/, ''), output };
    });
}

/** Types the commands of a block, all of which must do what is shown. */
export async function typeAll(story: Story, block: readonly ShownCommand[] = []): Promise<void> {
  expect(block.length).toBeGreaterThan(0);
  for (const shown of block) expect(await story.type(shown)).toBeUndefined();
}

/** What is another one each time: process ids, and hashes. It must be the same wherever it is shown to be. */
const names = /\bpid \d+|\b(?=[0-9a-f]*\d)[0-9a-f]{8,64}\b/g;

/** What may be anything. */
const varying = /\d+ ms|\d{4}-\d\d-\d\dT[\d:.]+Z|\d+\/\d+ routers|\b\d+d( \d+h)? left/g;

/** Where the story happens. */
export interface StoryPlace {
  /** Gives the router's base URL: it isn't at the README's port. */
  readonly edge: () => Promise<string>;
  /** Further variables of the shell. */
  readonly env?: Readonly<Record<string, string>>;
  /** Process ids tell processes apart. In pods of Kubernetes they don't. Default: true. */
  readonly hasProcessIds?: boolean;
}

/** A person's shell, with `fox` on its PATH, and the router at another port than the README's. */
export class Story {
  readonly #sandbox: Sandbox;
  readonly #place: StoryPlace;
  readonly #actual = new Map<string, string>();
  readonly #shown = new Map<string, string>();
  #cwd = '.';

  /** `fox` and a quiet `curl` are in the sandbox then. */
  static async begin(sandbox: Sandbox, place: StoryPlace): Promise<Story> {
    await mkdir(sandbox.path('bin'));
    await sandbox.write('bin/fox', `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    await chmod(sandbox.path('bin/fox'), 0o755);
    // At a terminal curl shows no progress.
    await sandbox.write('.curlrc', 'silent\n');
    return new Story(sandbox, place);
  }

  private constructor(sandbox: Sandbox, place: StoryPlace) {
    this.#sandbox = sandbox;
    this.#place = place;
  }

  /** Types a command. @returns what is wrong with what came, or undefined. */
  async type({ command, output }: ShownCommand): Promise<string | undefined> {
    const { stdout, code } = await this.#run(command);
    // Each line of an explanation says why the next one is so.
    const isWhole = command.startsWith('fox route explain');
    const isRefusal = output.some((line) => line.startsWith('Error:'));
    if ((code !== 0) !== isRefusal) return `${command} ended with ${code}:\n${stdout}`;
    const lines = stdout.split('\n');
    for (const line of output) {
      const at = lines.findIndex((each) => masked(each) === masked(line));
      if (at === -1 || (isWhole && at > 0)) return `${command} doesn't show "${line}" there, but:\n${stdout}`;
      const conflict = this.#bind(line, lines[at] ?? '');
      if (conflict !== undefined) return `${command}: ${conflict}`;
      lines.splice(0, at + 1);
    }
    const left = lines.find((line) => line.trim() !== '');
    return isWhole && left !== undefined ? `${command} shows "${left}", too` : undefined;
  }

  async #run(command: string) {
    const port = /:26462\b/.test(command) ? new URL(await this.#place.edge()).port : '';
    const typed = command.replaceAll(':26462', `:${port}`);
    // Where one is afterwards is told at the end.
    const script = `{ ${typed}\n} 2>&1; code=$?; pwd >"$STORY_PLACE"; exit $code`;
    const env = {
      ...this.#place.env,
      PATH: `${this.#sandbox.path('bin')}:${process.env['PATH'] ?? ''}`,
      CURL_HOME: this.#sandbox.directory,
      STORY_PLACE: this.#sandbox.path('place'),
    };
    const ended = await this.#sandbox.run('sh', ['-c', script], { cwd: this.#cwd, env });
    const place = (await readFile(env.STORY_PLACE, 'utf8')).trim();
    this.#cwd = place.slice(this.#sandbox.directory.length + 1) || '.';
    return ended;
  }

  /** Notes what the names in a line are here. @returns what doesn't fit to earlier lines. */
  #bind(shown: string, actual: string): string | undefined {
    const found = actual.match(names) ?? [];
    for (const [index, name] of (shown.match(names) ?? []).entries()) {
      if (name.startsWith('pid ') && this.#place.hasProcessIds === false) continue;
      const other = found[index] ?? '';
      const [before, reverse] = [this.#actual.get(name) ?? other, this.#shown.get(other) ?? name];
      if (before !== other) return `${name} was ${before} before, and is ${other} now`;
      if (reverse !== name) return `${other} is shown as ${name} here, and as ${reverse} before`;
      this.#actual.set(name, other);
      this.#shown.set(other, name);
    }
    return undefined;
  }
}

function masked(line: string): string {
  // Columns are as wide as what varies.
  return line.trimEnd().replaceAll(names, '…').replaceAll(varying, '…').replaceAll(/ {2,}/g, '  ');
}
