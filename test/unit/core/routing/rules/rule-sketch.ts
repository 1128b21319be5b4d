// Random rules with what they mean, told by other means than the router's; and random requests that they are about.
import * as fc from 'fast-check';
import type { RequestParts } from '../../../../../src/core/routing/rules/routed-request.ts';

/** A request as the tests see it. */
export interface RequestSketch {
  readonly method: string;
  readonly segments: readonly string[];
  readonly host: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: readonly (readonly [string, string])[];
}

/** A rule, and whether a request is one that it means. */
export interface RuleSketch {
  readonly text: string;
  readonly holds: (request: RequestSketch) => boolean;
}

export function partsOf({ method, segments, host, query, headers }: RequestSketch): RequestParts {
  const parameters = query.map(([name, value]) => `${name}=${value}`).join('&');
  return {
    method,
    target: `/${segments.join('/')}${parameters === '' ? '' : `?${parameters}`}`,
    host,
    headers: headers.flat(),
  };
}

const words = ['a', 'b', 'ab', '1', '12', 'x'];

interface SegmentSketch {
  readonly text: string;
  readonly fits: (segment: string) => boolean;
}

const anySegment: fc.Arbitrary<SegmentSketch> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(...words).map((text) => ({ text, fits: (each: string) => each === text })),
  },
  fc.constant({ text: '{}', fits: (each: string) => each !== '' }),
  fc.constant({ text: '{:[0-9]+}', fits: (each: string) => /^[0-9]+$/.test(each) }),
  fc.constant({ text: '{:a|b}', fits: (each: string) => each === 'a' || each === 'b' }),
  fc.constant({ text: 'a{}', fits: (each: string) => each.length > 1 && each.startsWith('a') }),
);

const anyPathRule: fc.Arbitrary<RuleSketch> = fc
  .tuple(fc.constantFrom('Path', 'PathPrefix', 'rest'), fc.array(anySegment, { maxLength: 3 }))
  .map(([kind, segments]) => ({
    text: `${kind === 'PathPrefix' ? kind : 'Path'}(\`/${[...segments.map(({ text }) => text), ...(kind === 'rest' ? ['{...}'] : [])].join('/')}\`)`,
    holds: ({ segments: asked }) => {
      const wanted =
        kind === 'Path' && segments.length === 0 ? [{ fits: (each: string) => each === '' }] : segments;
      const isLong =
        kind === 'Path'
          ? asked.length === wanted.length
          : asked.length >= wanted.length + (kind === 'rest' ? 1 : 0);
      return isLong && wanted.every(({ fits }, index) => fits(asked[index] ?? ''));
    },
  }));

const anyHostRule: fc.Arbitrary<RuleSketch> = fc
  .array(anySegment, { minLength: 1, maxLength: 2 })
  .map((labels) => ({
    text: `Host(\`${labels.map(({ text }) => text).join('.')}\`)`,
    holds: ({ host }) => {
      const asked = host.split('.');
      return asked.length === labels.length && labels.every(({ fits }, index) => fits(asked[index] ?? ''));
    },
  }));

const anyValueRule: fc.Arbitrary<RuleSketch> = fc
  .tuple(
    fc.constantFrom('Header', 'Query'),
    fc.constantFrom('p', 'q'),
    fc.option(fc.constantFrom('1', '2', '{[12]}')),
  )
  .map(([of, name, value]) => ({
    text: `${of}(\`${name}\`${value === null ? '' : `, \`${value}\``})`,
    holds: ({ query, headers }) =>
      (of === 'Query' ? query : headers).some(
        ([each, has]) =>
          each === name && (value === null || value === has || (value === '{[12]}' && /^[12]$/.test(has))),
      ),
  }));

const anyMethodRule: fc.Arbitrary<RuleSketch> = fc
  .subarray(['GET', 'POST', 'PUT'], { minLength: 1 })
  .map((methods) => ({
    text: `Method(${methods.map((method) => `\`${method.toLowerCase()}\``).join(', ')})`,
    holds: ({ method }) => methods.includes(method),
  }));

const anyPredicate: fc.Arbitrary<RuleSketch> = fc.oneof(
  { weight: 4, arbitrary: anyPathRule },
  { weight: 2, arbitrary: anyHostRule },
  anyValueRule,
  anyMethodRule,
  fc.constant<RuleSketch>({ text: 'All()', holds: () => true }),
);

/** A rule of any form. Some exclude themselves, and are refused. */
export const anyRule: fc.Arbitrary<RuleSketch> = fc.letrec<{ rule: RuleSketch }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: anyPredicate },
    fc.tuple(tie('rule'), tie('rule')).map(([a, b]) => ({
      text: `(${a.text} && ${b.text})`,
      holds: (request: RequestSketch) => a.holds(request) && b.holds(request),
    })),
    fc.tuple(tie('rule'), tie('rule')).map(([a, b]) => ({
      text: `(${a.text} || ${b.text})`,
      holds: (request: RequestSketch) => a.holds(request) || b.holds(request),
    })),
    tie('rule').map((a) => ({
      text: `!${a.text}`,
      holds: (request: RequestSketch) => !a.holds(request),
    })),
  ),
})).rule;

const anyPairs = fc.array(fc.tuple(fc.constantFrom('p', 'q'), fc.constantFrom('1', '2', '3')), {
  maxLength: 2,
});

export const anyRequest: fc.Arbitrary<RequestSketch> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'DELETE'),
  segments: fc.array(fc.constantFrom(...words, ''), { minLength: 1, maxLength: 4 }),
  host: fc.constantFrom('a', 'b', 'a.b', 'x.12', '1.a'),
  query: anyPairs,
  headers: anyPairs,
});
