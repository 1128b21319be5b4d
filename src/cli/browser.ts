// Opens a URL with the desktop's own opener.
import { execa } from 'execa';
import { FoxError } from '../core/errors.ts';

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Opens a URL in the default browser. @throws FoxError USAGE if there is nothing to open it with. */
export async function openBrowser(url: string): Promise<void> {
  const [program = 'xdg-open', ...args] = openers[process.platform] ?? ['xdg-open'];
  try {
    await execa(program, [...args, url], { stdio: 'ignore' });
  } catch (cause) {
    throw new FoxError('USAGE', `no browser could be opened: ${program} failed`, {
      hints: [`Open it yourself: ${url}`],
      cause,
    });
  }
}
