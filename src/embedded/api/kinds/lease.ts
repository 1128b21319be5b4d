// Leases: who leads, and until when.
import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { subdomainRule } from '../name-rules.ts';
import { ageColumn, nameColumn } from './columns.ts';

const schema = z.looseObject({
  spec: z
    .looseObject({
      holderIdentity: z.string().optional(),
      leaseDurationSeconds: z.int().optional(),
      leaseTransitions: z.int().optional(),
      acquireTime: z.string().optional(),
      renewTime: z.string().optional(),
    })
    .prefault({}),
});

/** A claim that expires unless it is renewed. */
export const leases = defineKind<z.infer<typeof schema>>({
  resource: 'leases',
  singular: 'lease',
  nameRule: subdomainRule,
  guardedUpdates: true,
  schema,
  validate({ spec: { leaseDurationSeconds, leaseTransitions } }, problems) {
    if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
      problems.invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0');
    }
    if (leaseTransitions !== undefined && leaseTransitions < 0) {
      problems.invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0');
    }
  },
  columns: [
    nameColumn,
    {
      name: 'Holder',
      type: 'string',
      description: 'Who holds it.',
      cell: ({ spec }) => spec.holderIdentity ?? '',
    },
    ageColumn,
  ],
});
