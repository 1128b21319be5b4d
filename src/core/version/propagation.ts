// What fox does so that a component's process passes the context of each request on, and where that can't work.
import { posix } from 'node:path';
import type { Component } from './app.ts';

/** Format of what is loaded into Node processes. Not fox's version: a newer text that does the same changes no live hash. */
export const nodePropagation = 1;

/** As a pod template has it; by it the process is another one. */
export interface Propagation {
  /** Format of what is loaded into its Node process. */
  readonly node: number;
}

/** The part of a pod template that says it; none where the component asks for none. */
export function propagationOf({ propagation }: Pick<Component, 'propagation'>): {
  readonly propagation?: Propagation;
} {
  return propagation === undefined ? {} : { propagation: { node: nodePropagation } };
}

const nodePrograms: ReadonlySet<string> = new Set(
  'node nodejs npm npx yarn pnpm corepack tsx ts-node next'.split(' '),
);

/** Programs that start others, which may be Node. */
const starters: ReadonlySet<string> = new Set(
  'sh bash dash ash env tini dumb-init su-exec gosu setpriv nice'.split(' '),
);

/** Whether a command looks like one that runs on Node; one that isn't known does not. */
export function runsNode([program]: readonly string[]): boolean {
  return program !== undefined && nodePrograms.has(posix.basename(program));
}

/** One sentence for each component whose program doesn't look like Node although its propagation is by code for Node. */
export function propagationDoubts(components: Iterable<Component>): string[] {
  return [...components].flatMap(({ name, propagation, command: [program] }) => {
    if (propagation !== 'node' || program === undefined) return [];
    if (runsNode([program]) || starters.has(posix.basename(program))) return [];
    if (/\.[cm]?[jt]s$/.test(program)) return [];
    return [
      `${name} has \`propagation: node\`, but its program is ${program}: only Node processes pass the context on by that`,
    ];
  });
}
