// A fox that runs beside the test: what it says so far can be waited for, and it can be sent signals.
import { spawn } from 'node:child_process';
import { type Ended, eventually, plainEnvironment, program } from './sandbox.ts';
import type { SmallApp } from './small-app.ts';

/** A command that may still run. */
export interface RunningFox {
  readonly pid: number;
  /** How it ended; -1 if by a signal. */
  readonly ended: Promise<Ended>;
  signal(name: NodeJS.Signals): void;
  /** Waits until its standard error has `text`; fails if it ends before that. */
  says(text: string): Promise<void>;
}

/** Starts fox in the app's directory. */
export function startFox(app: SmallApp, ...args: readonly string[]): RunningFox {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: app.sandbox.path(app.cwd),
    env: plainEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr, over] = ['', '', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      over = true;
      resolve({ code: code ?? -1, stdout, stderr });
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    signal: (name) => void child.kill(name),
    says: async (text) => {
      await eventually(
        () => Promise.resolve({ stderr, over }),
        (now) => now.over || now.stderr.includes(text),
      );
      if (!stderr.includes(text)) throw new Error(`fox ended without saying "${text}": ${stderr}`);
    },
  };
}
