// Who manages what: whatever several people apply in whatever order, each has what they want or is told who is in the way.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FieldSet } from '../../../../../src/embedded/api/fields/field-set.ts';
import { fieldSetOf } from '../../../../../src/embedded/api/fields/field-set-of.ts';
import {
  decodeManagers,
  encodeManagers,
  type Managers,
} from '../../../../../src/embedded/api/fields/managers.ts';
import {
  afterApply,
  afterUpdate,
  type Write,
} from '../../../../../src/embedded/api/fields/ownership-change.ts';
import { typeOfKind } from '../../../../../src/embedded/api/schema/field-type.ts';
import { StatusError } from '../../../../../src/embedded/store/status-error.ts';

const type = typeOfKind('ConfigMap');

function write(manager: string, operation: 'Apply' | 'Update'): Write {
  const time = '2026-01-01T00:00:00Z';
  return { type, writer: { manager, operation, apiVersion: 'v1' }, time, ignored: [] };
}

// Of JSON's own prototype, and with something in it: empty maps are none.
const data = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('0', '1'), { minKeys: 1 })
  .map((entries) => ({ ...entries }));
const step = fc.record({
  who: fc.constantFrom('one', 'two', 'three'),
  operation: fc.constantFrom('Apply' as const, 'Update' as const),
  force: fc.boolean(),
  data,
});

interface World {
  object: { metadata: object; data?: Record<string, string> };
  managers: Managers;
}

test('an applier has what they applied; a field goes only when nobody wants it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const world: World = { object: { metadata: {} }, managers: new Map() };
      for (const { who, operation, force, data: wanted } of steps) {
        const before = world.object.data ?? {};
        if (operation === 'Update') {
          const object = { metadata: {}, data: wanted };
          world.managers = afterUpdate(world.object, object, world.managers, write(who, operation));
          world.object = object;
          continue;
        }
        const others = [...world.managers.values()].filter(
          (managed) => managed.manager !== who || managed.operation !== 'Apply',
        );
        const isOthers = (key: string) =>
          others.some(({ fields }) => fields.includes(['f:data', `f:${key}`]));
        const inTheWay = Object.keys(wanted).filter((key) => isOthers(key) && before[key] !== wanted[key]);
        const conflicts: (string | undefined)[] = [];
        try {
          const config = { data: wanted };
          const applied = afterApply(
            world.object,
            config,
            world.managers,
            write(who, operation),
            force ? 'all' : new FieldSet(),
          );
          world.object = applied.object as World['object'];
          world.managers = applied.managers;
        } catch (error) {
          if (!(error instanceof StatusError)) throw error;
          conflicts.push(...(error.details.causes ?? []).map(({ field }) => field));
        }
        const expected = force ? [] : inTheWay.map((key) => `.data.${key}`);
        expect(new Set(conflicts)).toEqual(new Set(expected));
        const after = world.object.data ?? {};
        expect(after).toMatchObject(expected.length === 0 ? wanted : before);
        // What others manage is still there.
        expect(Object.keys(after)).toEqual(expect.arrayContaining(Object.keys(before).filter(isOthers)));
        // It can be written down and read again.
        const written = encodeManagers(world.managers);
        expect(encodeManagers(decodeManagers(written))).toEqual(written);
      }
    }),
  );
});

test('a set of fields is what FieldsV1 says', () => {
  const pod = typeOfKind('Pod');
  const containers = [{ name: 'main', ports: [{ containerPort: 80 }], args: ['a'] }];
  const set = fieldSetOf({ metadata: { finalizers: ['a.b/c'] }, spec: { containers } }, pod);
  const fields = {
    'f:metadata': { 'f:finalizers': { 'v:"a.b/c"': {} } },
    'f:spec': {
      'f:containers': {
        'k:{"name":"main"}': {
          '.': {},
          'f:args': {},
          'f:name': {},
          'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
        },
      },
    },
  };
  expect(set.toFieldsV1()).toEqual(fields);
  expect(FieldSet.fromFieldsV1(fields).paths()).toEqual(set.paths());
});
