// Roles and RoleBindings. The embedded cluster keeps them; its one token may do everything.
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { pathSegmentRule } from '../name-rules.ts';
import { ageColumn, nameColumn } from './columns.ts';

const texts = z.array(z.string()).optional();

const roleSchema = z.looseObject({
  rules: z
    .array(
      z.looseObject({
        verbs: texts,
        apiGroups: texts,
        resources: texts,
        resourceNames: texts,
        nonResourceURLs: texts,
      }),
    )
    .optional(),
});

const bindingSchema = z.looseObject({
  roleRef: z
    .looseObject({
      apiGroup: z.string().default('rbac.authorization.k8s.io'),
      kind: z.string().default(''),
      name: z.string().default(''),
    })
    .prefault({}),
  subjects: z
    .array(
      z.looseObject({
        kind: z.string().default(''),
        name: z.string().default(''),
        namespace: z.string().optional(),
      }),
    )
    .optional(),
});

type Binding = z.infer<typeof bindingSchema>;

/** What may be done. */
export const roles = defineKind<z.infer<typeof roleSchema>>({
  resource: 'roles',
  singular: 'role',
  nameRule: pathSegmentRule,
  schema: roleSchema,
  validate({ rules = [] }, problems) {
    for (const [
      index,
      { verbs = [], apiGroups = [], resources = [], nonResourceURLs = [] },
    ] of rules.entries()) {
      const at = `rules[${index}]`;
      if (verbs.length === 0) problems.required(`${at}.verbs`, 'verbs must contain at least one value');
      if (nonResourceURLs.length > 0) {
        const detail = 'namespaced rules cannot apply to non-resource URLs';
        problems.invalid(`${at}.nonResourceURLs`, nonResourceURLs, detail);
        continue;
      }
      if (apiGroups.length === 0)
        problems.required(`${at}.apiGroups`, 'resource rules must supply at least one api group');
      if (resources.length === 0)
        problems.required(`${at}.resources`, 'resource rules must supply at least one resource');
    }
  },
  columns: [
    nameColumn,
    {
      name: 'Created At',
      type: 'date',
      description: 'When it was made.',
      cell: ({ metadata }) => metadata.creationTimestamp,
    },
  ],
});

const subjectKinds = ['ServiceAccount', 'User', 'Group'];

/** Who may do it. */
export const roleBindings = defineKind<Binding>({
  resource: 'rolebindings',
  singular: 'rolebinding',
  nameRule: pathSegmentRule,
  schema: bindingSchema,
  validate({ roleRef, subjects = [] }, problems) {
    const kinds = ['Role', 'ClusterRole'];
    if (!kinds.includes(roleRef.kind)) problems.unsupported('roleRef.kind', roleRef.kind, kinds);
    if (roleRef.name === '') problems.required('roleRef.name');
    for (const [index, { kind, name }] of subjects.entries()) {
      if (name === '') problems.required(`subjects[${index}].name`);
      if (!subjectKinds.includes(kind)) problems.unsupported(`subjects[${index}].kind`, kind, subjectKinds);
    }
  },
  validateChange({ roleRef }, previous, problems) {
    if (!isDeepStrictEqual(roleRef, previous.roleRef))
      problems.invalid('roleRef', roleRef, 'cannot change roleRef');
  },
  columns: [
    nameColumn,
    {
      name: 'Role',
      type: 'string',
      description: 'What it gives.',
      cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`,
    },
    ageColumn,
    {
      name: 'Users',
      type: 'string',
      wide: true,
      description: 'Users that it is given to.',
      cell: (binding) => subjectsOf(binding, 'User'),
    },
    {
      name: 'Groups',
      type: 'string',
      wide: true,
      description: 'Groups that it is given to.',
      cell: (binding) => subjectsOf(binding, 'Group'),
    },
    {
      name: 'ServiceAccounts',
      type: 'string',
      wide: true,
      description: 'ServiceAccounts that it is given to.',
      cell: (binding) => subjectsOf(binding, 'ServiceAccount'),
    },
  ],
});

function subjectsOf({ subjects = [] }: Binding, kind: string): string {
  return subjects
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (namespace === undefined ? name : `${namespace}/${name}`))
    .join(', ');
}
