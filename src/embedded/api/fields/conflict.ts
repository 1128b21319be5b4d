// The refusal of an apply that would change what others manage, in Kubernetes' words.
import { StatusError } from '../../store/status-error.ts';
import type { Managed } from './managers.ts';
import { type PathElement, pathText } from './path-element.ts';

/** A field, and who else manages it. */
export interface Conflict {
  readonly managed: Managed;
  readonly path: readonly PathElement[];
}

/** 409 that names each field and who manages it. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.map(({ managed, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(managed)}`,
    field: pathText(path),
  }));
  return new StatusError(409, 'Conflict', conflictText(conflicts), { causes });
}

function conflictText(conflicts: readonly Conflict[]): string {
  const [first, second] = conflicts;
  if (first !== undefined && second === undefined)
    return `Apply failed with 1 conflict: conflict with ${managerText(first.managed)}: ${pathText(first.path)}`;
  const fields = grouped(conflicts);
  const lines = [...fields].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = lines.flatMap(([manager, paths]) => [
    `conflicts with ${manager}:`,
    ...paths.map((path) => `- ${path}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${text.join('\n')}`;
}

function grouped(conflicts: readonly Conflict[]): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const { managed, path } of conflicts) {
    const manager = managerText(managed);
    fields.set(manager, [...(fields.get(manager) ?? []), pathText(path)]);
  }
  return fields;
}

function managerText({ manager, subresource, operation, apiVersion }: Managed): string {
  const part = subresource === undefined ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  const using = operation === 'Update' ? ` using ${apiVersion}` : '';
  return `${JSON.stringify(manager)}${part}${using}`;
}
