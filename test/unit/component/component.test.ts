// What a component knows of the request that it answers, wherever below the handler it asks.
import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contextHeaders,
  params,
  type RequestLike,
  variables,
  withContext,
} from '../../../src/component/component.ts';
import type { VariableDeclaration } from '../../../src/core/version/app.ts';
import { writeRouteParameters } from '../../../src/core/routing/route-parameters.ts';
import { requestVariables } from '../../../src/core/environments/request-variables.ts';

/** A handler that looks at nothing of what it is given. */
const handling = <Result>(handler: () => Result) => withContext<RequestLike, [], Result>(handler);
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('what the route of a request captures', () => {
  test('is what the router sends', () => {
    const captures = { id: 'a/b c&d=é', rest: '', ['__proto__']: 'x' };
    const sent = writeRouteParameters(captures);
    expect(handling(() => params())({ headers: { 'x-fox-params': sent } })).toEqual(captures);
  });

  test('is nothing without a request, and where nothing was captured', () => {
    expect(writeRouteParameters({})).toBeUndefined();
    expect(params()).toEqual({});
    expect(handling(() => params())({ headers: {} })).toEqual({});
  });
});

describe('the variables of a request', () => {
  test('are those that fox sends, with their types', () => {
    const env = {
      GREETING: { type: 'string', required: true, bind: 'request' },
      PAGE: { type: 'number', required: false, default: 20, bind: 'request' },
      DEBUG: { type: 'boolean', required: false, bind: 'request' },
      TAGS: { type: 'array', required: false, bind: 'request' },
      THEME: { type: 'string', required: false, default: 'light' },
    } satisfies Record<string, VariableDeclaration>;
    const vars = { GREETING: 'Grüß Gott 👋', DEBUG: false, TAGS: ['a', 2], OTHER: 'x' };
    const sent = requestVariables({ env }, { name: 'team-a', vars });
    const answer = handling(() => variables());
    expect(answer({ headers: { 'x-fox-env': sent } })).toEqual({
      GREETING: 'Grüß Gott 👋',
      PAGE: 20,
      DEBUG: false,
      TAGS: ['a', 2],
    });
  });

  test('are none without a request, and where nobody has sent any', () => {
    expect(variables()).toEqual({});
    expect(handling(() => variables())({ headers: {} })).toEqual({});
  });

  test('come from a web request, too', async () => {
    const answer = withContext(async (request: Request) => ({ method: request.method, ...variables() }));
    const headers = { 'X-Fox-Env': encoded({ A: 1 }) };
    expect(await answer(new Request('http://localhost/', { headers }))).toEqual({ method: 'GET', A: 1 });
  });

  test("can't be changed for whoever asks next", () => {
    const answer = handling(() => {
      expect(() => Object.assign(variables(), { A: 2 })).toThrow(TypeError);
      return variables();
    });
    expect(answer({ headers: { 'x-fox-env': encoded({ A: 1 }) } })).toEqual({ A: 1 });
  });

  test.each(['', '%', encoded([1]), encoded('text'), encoded(null), 'bm90IGpzb24'])(
    'are an error if the header is something else: %j',
    (header) => {
      const answer = handling(() => variables());
      expect(() => answer({ headers: { 'x-fox-env': header } })).toThrow('x-fox-env is not what fox sends');
    },
  );
});

describe('the context', () => {
  test('is what belongs to a request, and nothing else of it', () => {
    const headers = {
      baggage: 'kf-dep=shop-v1,kf-ve=team-a,user=7',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=b',
      'x-request-id': '7',
      'x-fox-env': encoded({}),
      cookie: 'session=1',
    };
    const { 'x-fox-env': _env, cookie: _cookie, ...belonging } = headers;
    expect(handling(() => contextHeaders())({ headers })).toEqual(belonging);
    expect(contextHeaders()).toEqual({});
  });

  test('takes repeated headers together', () => {
    expect(handling(() => contextHeaders())({ headers: { baggage: ['a=1', 'b=2'] } })).toEqual({
      baggage: 'a=1,b=2',
    });
  });

  test('stays with each of many requests at once, across awaits, timers, events and errors', async () => {
    const answer = withContext(async ({ turns }: { headers: Record<string, string>; turns: number }) => {
      const seen = new Set<string | undefined>();
      for (let turn = 0; turn < turns; turn++) {
        await (turn % 2 === 0 ? setImmediate() : Promise.reject(new Error('no')).catch(() => undefined));
        seen.add(contextHeaders()['baggage']);
      }
      seen.add(await new Promise((resolve) => setTimeout(() => resolve(contextHeaders()['baggage']), 0)));
      return [...seen];
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 5 }), { minLength: 2, maxLength: 20 }), async (all) => {
        const answers = await Promise.all(
          all.map((turns, index) => answer({ headers: { baggage: `${index}` }, turns })),
        );
        expect(answers).toEqual(all.map((_, index) => [`${index}`]));
      }),
      { numRuns: 20 },
    );
  });

  test('is there in events of the request and the answer, though somebody else emits them', () => {
    const [request, response] = [
      Object.assign(new EventEmitter(), { headers: { baggage: 'mine' } }),
      new EventEmitter(),
    ];
    const seen: unknown[] = [];
    withContext((asked: typeof request, answered: EventEmitter) => {
      asked.on('end', (...args: unknown[]) => seen.push(contextHeaders()['baggage'], ...args));
      answered.on('finish', () => seen.push(contextHeaders()['baggage']));
    })(request, response);
    handling(() => request.emit('end', 1))({
      headers: { baggage: "somebody else's" },
    });
    response.emit('finish');
    expect(seen).toEqual(['mine', 1, 'mine']);
  });

  test('what a handler throws and returns is handed on, with all that it was given', async () => {
    const request = { headers: {} };
    expect(
      withContext((_request: { headers: Record<string, string> }, a: number, b: number) => a + b)(
        request,
        1,
        2,
      ),
    ).toBe(3);
    const failing = handling(() => Promise.reject(new Error('no')));
    await expect(failing(request)).rejects.toThrow('no');
  });
});
