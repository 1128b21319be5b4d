// Writes what a change makes of virtual environments: in an order in which none is ever without its parents, and over nobody's work.
import type { Namespace, NamespaceState } from '../../../cluster/namespace.ts';
import { readStoredEnvironment, writeEnvironment } from '../../../cluster/objects/environment-writing.ts';
import type { StoredEnvironment } from '../../../cluster/objects/environment-object.ts';
import type {
  EnvironmentDefinition,
  EnvironmentDefinitions,
} from '../../../core/environments/environment-definition.ts';
import { FoxError } from '../../../core/errors.ts';
import { inParallel } from '../../../core/in-parallel.ts';
import { lineageOf } from '../../../core/environments/inheritance.ts';
import type { ChangePlan } from './change-plan.ts';
import { changesBetween } from './environment-change.ts';

/** Who writes, and what is the default. */
export interface Writer {
  /** `jason@laptop`. */
  readonly by: string;
  /** It is marked so where it is made; undefined: another one is already. */
  readonly defaultEnvironment: string | undefined;
  /** Of Secrets that keep values, by environment. */
  readonly secretUids: ReadonlyMap<string, string>;
}

/**
 * Writes the ConfigMaps.
 * @throws FoxError CONFLICT naming what somebody else has changed, where that isn't by fox and so waits for nobody.
 */
export async function writeEnvironments(
  namespace: Namespace,
  { environments: known }: NamespaceState,
  { change, environments, after }: ChangePlan,
  writer: Writer,
): Promise<void> {
  const stored = new Map(known.map((each) => [each.definition.name, each]));
  const changed = new Set(environments.flatMap(({ name, action }) => (action === 'unchanged' ? [] : [name])));
  const written: string[] = [];
  const isMarked = known.some(({ isDefault }) => isDefault);
  const isNoted = (name: string) =>
    [undefined, stored.get(name)?.secretUid].includes(writer.secretUids.get(name));
  const definitions = change.put.filter(({ name }) => changed.has(name) || !isNoted(name));
  for (const generation of generations(definitions, after)) {
    const conflicts: Conflict[] = [];
    await inParallel(generation, parallelWrites, async (definition) => {
      const conflict = await writeOne(namespace, definition, stored.get(definition.name), {
        ...writer,
        ...(isMarked ? { defaultEnvironment: undefined } : {}),
      });
      if (conflict === undefined) written.push(definition.name);
      else conflicts.push(conflict);
    });
    const [first] = conflicts;
    if (first !== undefined) throw changedMeanwhile(first.name, first.seen, first.now, written);
  }
}

/** What somebody else has made of an environment meanwhile. */
interface Conflict {
  readonly name: string;
  readonly seen: StoredEnvironment | undefined;
  readonly now: StoredEnvironment | undefined;
}

/** How many are written at once. */
const parallelWrites = 16;

/** The eldest first, each behind its ancestors: whoever reads meanwhile finds neither a missing parent nor a circle. */
function generations(
  definitions: readonly EnvironmentDefinition[],
  all: EnvironmentDefinitions,
): EnvironmentDefinition[][] {
  const byDepth: EnvironmentDefinition[][] = [];
  for (const definition of definitions) {
    const depth = lineageOf(all, definition.name).length;
    byDepth[depth] = [...(byDepth[depth] ?? []), definition];
  }
  return byDepth.filter((generation) => generation !== undefined);
}

async function writeOne(
  { client }: Namespace,
  definition: EnvironmentDefinition,
  seen: StoredEnvironment | undefined,
  { by, defaultEnvironment, secretUids }: Writer,
): Promise<Conflict | undefined> {
  const { name } = definition;
  let replaces = seen;
  for (;;) {
    const write = {
      definition,
      replaces,
      isDefault: name === defaultEnvironment,
      by,
      secretUid: secretUids.get(name),
    };
    if (await writeEnvironment(client, write)) return undefined;
    const now = await readStoredEnvironment(client, name);
    // A label or an annotation is nothing that this would undo.
    if (now === undefined || !saysTheSame(now, replaces)) return { name, seen, now };
    replaces = now;
  }
}

function saysTheSame(now: StoredEnvironment, before: StoredEnvironment | undefined): boolean {
  if (before === undefined || now.damage !== before.damage) return false;
  return changesBetween(before.definition, now.definition).length === 0;
}

/** Tells what somebody else has made of an environment, by names: values are theirs to tell. */
export function changedMeanwhile(
  name: string,
  before: StoredEnvironment | undefined,
  now: StoredEnvironment | undefined,
  written: readonly string[] = [],
): FoxError {
  const who = now?.changedBy ?? 'somebody';
  const done =
    written.length === 0
      ? 'nothing was changed by this command'
      : `${written.join(', ')} ${written.length === 1 ? 'is' : 'are'} written, the rest isn't`;
  const what = now === undefined ? 'deleted' : before === undefined ? 'created' : 'changed';
  return new FoxError('CONFLICT', `${who} ${what} ${name} at the same time; ${done}`, {
    details:
      now === undefined || before === undefined
        ? []
        : changesBetween(before.definition, now.definition).map((each) => each.name),
    hints: [`\`fox env show ${name}\` shows it as it is now. Run this again if it shall still be done.`],
  });
}
