// What went wrong while a program built a Dockerfile, and what helps against it, told by its last lines.
import { FoxError } from '../../core/errors.ts';
import { type ChildOutcome, outcomeText } from '../child-process.ts';
import type { ReadyTool } from './find-tool.ts';

/** The program's build has failed. */
export function buildFailed({ name }: ReadyTool, component: string, outcome: ChildOutcome): FoxError {
  return failure(`the build of ${component} failed: ${name} build ${outcomeText(outcome)}`, name, outcome);
}

/** It has built, but can't hand over what it has. */
export function saveFailed({ name }: ReadyTool, component: string, outcome: ChildOutcome): FoxError {
  const what = `the image of ${component} was built, but ${name} can't save it: it ${outcomeText(outcome)}`;
  return failure(what, name, outcome);
}

function failure(what: string, name: string, { tail }: ChildOutcome): FoxError {
  const text = tail.join('\n');
  const known = causes.find(({ said }) => said.test(text));
  return new FoxError('BUILD_FAILED', what, {
    details: tail,
    hints: known === undefined ? [] : [known.hint(name)],
  });
}

/** What programs say, and what to do then. The first that fits counts. */
const causes: readonly { readonly said: RegExp; readonly hint: (name: string) => string }[] = [
  {
    said: /no space left on device/i,
    hint: (name) =>
      `The disk is full: \`${name} ${name === 'buildah' ? 'prune' : 'system prune'}\` removes what old builds have left.`,
  },
  {
    said: /exec format error/i,
    hint: () =>
      'This machine can run no programs of that platform: install QEMU (Debian: qemu-user-static), or build on such a machine.',
  },
  {
    said: /server gave HTTP response to HTTPS client/i,
    hint: () =>
      'The registry of the base image speaks plain HTTP: allow that with `insecure = true` for it in /etc/containers/registries.conf.',
  },
  {
    said: /unauthorized|authentication required|denied: /i,
    hint: (name) => `The registry of the base image wants other credentials: \`${name} login <registry>\`.`,
  },
  {
    said: /(COPY|ADD)[^]*(no such file|not found|no items matching)/i,
    hint: () =>
      'The context holds only what is committed below `path` and `shared`; see `build.context`, and .dockerignore.',
  },
];
