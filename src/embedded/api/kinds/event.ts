// Events: what happened to other objects.
import * as z from 'zod';
import { age } from '../human-duration.ts';
import { anyObject, defineKind, type Named } from '../kind.ts';
import { subdomainRule } from '../name-rules.ts';
import { nameColumn } from './columns.ts';

const schema = z.looseObject({
  involvedObject: z
    .looseObject({
      kind: z.string().optional(),
      namespace: z.string().optional(),
      name: z.string().optional(),
      uid: z.string().optional(),
      fieldPath: z.string().optional(),
    })
    .prefault({}),
  reason: z.string().optional(),
  message: z.string().optional(),
  type: z.string().optional(),
  count: z.int().optional(),
  firstTimestamp: z.string().optional(),
  lastTimestamp: z.string().optional(),
  eventTime: z.string().optional(),
  source: z.looseObject({ component: z.string().optional(), host: z.string().optional() }).optional(),
  reportingComponent: z.string().optional(),
  series: anyObject.optional(),
});

type Event = z.infer<typeof schema>;

/** What happened to an object, for people to read. */
export const events = defineKind<Event>({
  resource: 'events',
  singular: 'event',
  shortNames: ['ev'],
  nameRule: subdomainRule,
  fields: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'type',
  ],
  schema,
  validate({ metadata, involvedObject: { namespace = '' } }, problems) {
    if (namespace === metadata.namespace || (namespace === '' && metadata.namespace === 'default')) return;
    problems.invalid('involvedObject.namespace', namespace, 'does not match event.namespace');
  },
  columns: [
    {
      name: 'Last Seen',
      type: 'string',
      description: 'When it happened last.',
      cell: (event, now) => age(lastSeen(event), now),
    },
    { name: 'Type', type: 'string', description: 'Normal or Warning.', cell: ({ type }) => type ?? '' },
    {
      name: 'Reason',
      type: 'string',
      description: 'What happened, in a word.',
      cell: ({ reason }) => reason ?? '',
    },
    {
      name: 'Object',
      type: 'string',
      description: 'What it happened to.',
      cell: ({ involvedObject: { kind = '', name = '' } }) => `${kind.toLowerCase()}/${name}`,
    },
    {
      name: 'Subobject',
      type: 'string',
      wide: true,
      description: 'Which part of it.',
      cell: ({ involvedObject }) => involvedObject.fieldPath ?? '',
    },
    {
      name: 'Source',
      type: 'string',
      wide: true,
      description: 'Who says so.',
      cell: (event) => source(event),
    },
    {
      name: 'Message',
      type: 'string',
      description: 'What happened.',
      cell: ({ message }) => (message ?? '').trim(),
    },
    {
      name: 'First Seen',
      type: 'string',
      wide: true,
      description: 'When it happened first.',
      cell: (event, now) => age(firstSeen(event), now),
    },
    { name: 'Count', type: 'string', wide: true, description: 'How often.', cell: ({ count }) => count ?? 1 },
    { ...nameColumn, wide: true },
  ],
});

function lastSeen({ lastTimestamp, eventTime, firstTimestamp, metadata }: Event & Named): string {
  return lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp;
}

function firstSeen({ firstTimestamp, eventTime, metadata }: Event & Named): string {
  return firstTimestamp ?? eventTime ?? metadata.creationTimestamp;
}

function source({ source: from, reportingComponent }: Event): string {
  const parts = [from?.component ?? reportingComponent ?? '', from?.host ?? ''];
  return parts.filter((part) => part !== '').join(', ');
}
