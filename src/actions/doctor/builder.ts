// What fox finds of the programs that build Dockerfiles: which are here and work, and whether the app needs one.
import type { App } from '../../core/version/app.ts';
import { type BuildTool, buildTools } from '../../core/version/build-tool.ts';
import { FoxError } from '../../core/errors.ts';
import { findTool } from '../../images/dockerfile/find-tool.ts';
import type { ActionContext } from '../context.ts';
import { type Finding, ok, problem } from './finding.ts';

/** What is known of the app that is to be built. */
export interface BuilderNeed {
  readonly app?: App | undefined;
  /** The program that the place wants. */
  readonly wanted?: BuildTool | undefined;
}

export async function checkBuilder(
  { app, wanted }: BuilderNeed,
  { env }: Pick<ActionContext, 'env'>,
  signal: AbortSignal,
): Promise<Finding> {
  const states = await Promise.all(buildTools.map(async (name) => stateOf(name, env, signal)));
  const ready = states.filter(({ lack }) => lack === undefined).map(({ name }) => name);
  const components = Object.values(app?.components ?? {}).filter(({ build }) => 'dockerfile' in build);
  const names = components.map(({ name }) => name).join(', ');
  const used = wanted ?? ready[0];
  if (used !== undefined && ready.includes(used)) {
    const others = ready.filter((name) => name !== used);
    const beside = others.length === 0 ? '' : ` (also here: ${others.join(', ')})`;
    return ok(
      'builder',
      names === '' ? `${used}${beside}; no component needs it` : `${used} for ${names}${beside}`,
    );
  }
  const what =
    wanted === undefined ? 'no program that builds Dockerfiles is ready' : `${wanted} is not ready`;
  if (names === '') return ok('builder', `${what}; no component needs it`);
  return problem(
    'builder',
    `${what}; ${names} need${components.length === 1 ? 's' : ''} it`,
    wanted === undefined || ready.length === 0
      ? 'Install Docker, Podman or Buildah; the last needs neither a daemon nor root: `apt-get install buildah`.'
      : `Start it, or let fox take another one: leave out \`builder: ${wanted}\`. Ready: ${ready.join(', ')}.`,
    states.flatMap(({ lack }) => lack ?? []),
  );
}

async function stateOf(
  name: BuildTool,
  env: ActionContext['env'],
  signal: AbortSignal,
): Promise<{ name: BuildTool; lack?: readonly string[] }> {
  try {
    await findTool({ wanted: name, env, signal });
    return { name };
  } catch (error) {
    if (!(error instanceof FoxError) || error.code !== 'BUILDER_NOT_READY') throw error;
    return { name, lack: error.details };
  }
}
