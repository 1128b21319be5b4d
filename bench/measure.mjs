// Runs commands many times, one after the other in turns, and tells medians and ratios.
import { spawn } from 'node:child_process';

/** Milliseconds that a command takes; fails if it doesn't end with 0. */
export function timeOf([file, ...args], options) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(performance.now() - start);
      else reject(new Error(`${[file, ...args].join(' ')} ended with ${code}: ${errors}`));
    });
  });
}

/** Standard output of a command. */
export function outputOf([file, ...args], options) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(out)
        : reject(new Error(`${[file, ...args].join(' ')} ended with ${code}: ${errors}`)),
    );
  });
}

/** Value at a fraction (0.5: median) of numbers. */
export function quantile(values, fraction) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))];
}

/** Medians of commands that are run in turns, so that a noisy machine is noisy for all of them. The first runs don't count. */
export async function compare(commands, { rounds = 21, warmUp = 3 } = {}) {
  const times = commands.map(() => []);
  for (let round = 0; round < rounds + warmUp; round++) {
    for (const [index, { command, options }] of commands.entries()) {
      const time = await timeOf(command, options);
      if (round >= warmUp) times[index].push(time);
    }
  }
  return times.map((each) => quantile(each, 0.5));
}

/** Prints one measure against its baseline. */
export function report(name, median, [baselineName, baseline], budget) {
  const ratio = median / baseline;
  const verdict = budget === undefined ? '' : `  budget ${budget} ${ratio <= budget ? 'met' : 'MISSED'}`;
  console.log(
    `${name.padEnd(58)} ${median.toFixed(1).padStart(8)} ms  ${ratio.toFixed(2).padStart(6)} × ${baselineName}${verdict}`,
  );
}
