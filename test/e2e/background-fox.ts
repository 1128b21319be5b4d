// A fox command that goes on until it is stopped, such as `fox proxy`; its lines of output can be waited for.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { plainEnvironment, program, type Sandbox } from './sandbox.ts';

/** A command that runs beside the test. */
export interface BackgroundFox {
  /** The next line of its standard output; fails with what it says on standard error if it ends instead. */
  line(): Promise<string>;
  stop(): void;
}

/** Starts fox in a directory of the sandbox. */
export function startInBackground(
  sandbox: Sandbox,
  args: string,
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Record<string, string> },
): BackgroundFox {
  const child = spawn(process.execPath, [program, ...args.split(' ')], {
    cwd: sandbox.path(cwd),
    env: { ...plainEnvironment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    line: async () => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`fox ${args} ended: ${errors}`);
      return value;
    },
    stop: () => void child.kill('SIGTERM'),
  };
}
