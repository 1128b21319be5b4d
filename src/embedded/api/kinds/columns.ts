// Columns that several kinds have.
import type { Column, Named } from '../kind.ts';
import { age } from '../human-duration.ts';

/** NAME. */
export const nameColumn: Column<Named> = {
  name: 'Name',
  type: 'string',
  description: 'Name must be unique within a namespace.',
  cell: ({ metadata }) => metadata.name,
};

/** AGE. */
export const ageColumn: Column<Named> = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  cell: ({ metadata }, now) => age(metadata.creationTimestamp, now),
};
