// Namespaces.
import * as z from 'zod';
import { anyObject, defineKind } from '../kind.ts';
import { labelRule } from '../name-rules.ts';
import { ageColumn, nameColumn } from './columns.ts';

const nameLabel = 'kubernetes.io/metadata.name';

const schema = z.looseObject({
  spec: anyObject.prefault({}),
  status: z.looseObject({ phase: z.string().optional() }).optional(),
});

/** Rooms for the names of everything else. */
export const namespaces = defineKind<z.infer<typeof schema>>({
  resource: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  namespaced: false,
  subresources: ['status'],
  nameRule: labelRule,
  fields: ['status.phase'],
  schema,
  firstStatus: { phase: 'Active' },
  complete(namespace) {
    const { metadata } = namespace;
    return {
      ...namespace,
      metadata: { ...metadata, labels: { ...metadata.labels, [nameLabel]: metadata.name } },
    };
  },
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Active or Terminating.',
      cell: ({ status }) => status?.phase ?? '',
    },
    ageColumn,
  ],
});
