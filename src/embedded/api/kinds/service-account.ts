// ServiceAccounts. The embedded cluster keeps them; its pods act as nobody.
import * as z from 'zod';
import { anyObject, defineKind } from '../kind.ts';
import { subdomainRule } from '../name-rules.ts';
import { ageColumn, nameColumn } from './columns.ts';

const schema = z.looseObject({ secrets: z.array(anyObject).optional() });

/** Whom a pod acts as. */
export const serviceAccounts = defineKind<z.infer<typeof schema>>({
  resource: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  nameRule: subdomainRule,
  schema,
  columns: [nameColumn, ageColumn],
});
