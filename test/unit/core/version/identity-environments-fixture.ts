// Random apps and virtual environments with few names and few values, so that much is alike and something differs.
import * as fc from 'fast-check';
import type { VariableDeclaration, VariableValue } from '../../../../src/core/version/app.ts';
import type { Environment } from '../../../../src/core/environments/environment.ts';
import { anySketches, type Sketch, type Sketches } from './identity-fixture.ts';

/** Variables of processes, of requests, and one that is either. */
const declarations: Readonly<Record<string, readonly VariableDeclaration[]>> = {
  COLOR: [
    { type: 'string', required: false },
    { type: 'string', required: false, default: 'red' },
  ],
  SIZE: [
    { type: 'number', required: true },
    { type: 'number', required: false, default: 1, bind: 'request' },
  ],
  GREETING: [
    { type: 'string', required: false, bind: 'request' },
    { type: 'string', required: false, default: 'hi', bind: 'request' },
    { type: 'string', required: true, default: 'hello', bind: 'request' },
  ],
};

const anyEnv: fc.Arbitrary<Record<string, VariableDeclaration>> = fc
  .tuple(
    ...Object.entries(declarations).map(([name, choices]) =>
      fc.option(fc.constantFrom(...choices), { freq: 3 }).map((choice) => [name, choice] as const),
    ),
  )
  .map((entries) =>
    Object.fromEntries(entries.flatMap(([name, choice]) => (choice === null ? [] : [[name, choice]]))),
  );

const anyDeclaration = fc.record(
  { env: anyEnv, secrets: fc.subarray(['KEY', 'TOKEN'], { minLength: 1 }) },
  { requiredKeys: ['env'] },
);

/** Random apps whose components declare variables of both kinds, and secrets. */
export const anyDeclaringSketches: fc.Arbitrary<Sketches> = anySketches.chain((sketches) => {
  const names = Object.keys(sketches);
  return fc
    .tuple(...names.map(() => fc.oneof(fc.constant({ env: {} }), anyDeclaration)))
    .map((declared) =>
      Object.fromEntries(
        Object.entries(sketches).map(([name, sketch], index) => [name, { ...sketch, ...declared[index] }]),
      ),
    );
});

/** A random app, and a version of it in which a few components declare something else, and nothing is built anew. */
export const anyRedeclared: fc.Arbitrary<readonly [Sketches, Sketches]> = anyDeclaringSketches.chain(
  (before) =>
    fc
      .dictionary(fc.constantFrom(...Object.keys(before)), fc.record({ env: anyEnv }), { maxKeys: 2 })
      .map((changes) => {
        const after = Object.entries(before).map(([name, sketch]): [string, Sketch] => [
          name,
          { ...sketch, ...changes[name] },
        ]);
        return [before, Object.fromEntries(after)] as const;
      }),
);

const someValues: Readonly<Record<string, readonly VariableValue[]>> = {
  COLOR: ['red', 'blue'],
  // One of another type, which is none.
  SIZE: [1, 2, '2'],
  GREETING: ['hi', 'hello'],
  UNDECLARED: ['x', 'y'],
};

/** Random plain values. */
export const anyVars: fc.Arbitrary<Record<string, VariableValue>> = fc
  .tuple(
    ...Object.entries(someValues).map(([name, values]) =>
      fc.constantFrom(undefined, ...values).map((value) => [name, value] as const),
    ),
  )
  .map((entries) =>
    Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  );

/** Random fingerprints. */
export const anySecrets: fc.Arbitrary<Record<string, string>> = fc.record(
  { KEY: fc.constantFrom('1', '2'), TOKEN: fc.constantFrom('1', '2') },
  { requiredKeys: [] },
);

const anyLive: fc.Arbitrary<Environment> = fc.record(
  { name: fc.constantFrom('dev', 'team-a'), vars: anyVars, secrets: anySecrets },
  { requiredKeys: ['name', 'vars'] },
);

/** A random environment, be it as it says now or as a release holds on to it. */
export const anyDeclaredEnvironment: fc.Arbitrary<Environment> = fc
  .tuple(anyLive, fc.boolean())
  .map(([environment, isHeld]) => (isHeld ? held({ ...environment, configuration: '' }) : environment));

/** Two of them that can be in force at the same moment, often alike: what an environment of one name says now is one thing. */
export const anyTwoEnvironments: fc.Arbitrary<readonly [Environment, Environment]> = anyDeclaredEnvironment
  .chain((one) => {
    const vars = anyVars.map((some) => held({ ...one, vars: { ...one.vars, ...some } }));
    const secrets = anySecrets.map((some) => held({ ...one, secrets: { ...one.secrets, ...some } }));
    return fc.tuple(fc.constant(one), fc.oneof(fc.constant(one), vars, secrets, anyDeclaredEnvironment));
  })
  .map(([one, other]) => {
    const isLive = [one, other].every(({ configuration }) => configuration === undefined);
    return isLive && one.name === other.name ? ([one, one] as const) : ([one, other] as const);
  });

/** With the digest of what it holds now, if it has one. */
function held(environment: Environment): Environment {
  const { configuration, ...rest } = environment;
  return configuration === undefined ? environment : { ...rest, configuration: JSON.stringify(rest) };
}

/** An environment's own value, else the default, if that has the declared type; worked out without the code under test. */
export function valueOf(
  environment: Environment,
  name: string,
  { type, default: fallback }: VariableDeclaration,
): VariableValue | undefined {
  const value = environment.vars[name] ?? fallback;
  return typeof value === type ? value : undefined;
}

/** Values of the variables of a component that are bound so. */
export function valuesOf(
  sketch: Pick<Sketch, 'env'> | undefined,
  environment: Environment,
  bind: 'request' | undefined,
): Record<string, VariableValue | undefined> {
  const bound = Object.entries(sketch?.env ?? {}).filter(([, declaration]) => declaration.bind === bind);
  return Object.fromEntries(
    bound.map(([name, declaration]) => [name, valueOf(environment, name, declaration)]),
  );
}

/** Fingerprints of the secrets that a component declares. */
export function secretsOf(
  sketch: Pick<Sketch, 'secrets'> | undefined,
  environment: Environment,
): (string | undefined)[] {
  return (sketch?.secrets ?? []).map((name) => environment.secrets?.[name]);
}

/** Whether a component has request-bound variables. */
export function isScoped(sketch: Pick<Sketch, 'env'> | undefined): boolean {
  return Object.values(sketch?.env ?? {}).some(({ bind }) => bind === 'request');
}
