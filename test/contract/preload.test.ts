// The preload in real processes that know nothing of it: every way to call carries the context, to other components only.
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, request as requestOf } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { preloadOption, startEcho, startProgram } from './preload-apps.ts';

const contextOf = (name: string) => ({
  baggage: `kf-dep=app-${name},kf-ve=dev,user=${name}`,
  traceparent: `00-${name.padStart(32, '0')}-00f067aa0ba902b7-01`,
  tracestate: `t=${name}`,
  'x-request-id': `id-${name}`,
});

async function ask(
  url: string,
  way: string,
  headers: Readonly<Record<string, string>>,
  options: { readonly agent?: Agent; readonly url?: string } = {},
): Promise<string> {
  const to = new URL(url);
  to.searchParams.set('way', way);
  if (options.url !== undefined) to.searchParams.set('url', options.url);
  const request = requestOf(to, {
    headers,
    method: 'POST',
    ...(options.agent ? { agent: options.agent } : {}),
  });
  const [response] = (await once(request.end('body'), 'response')) as [AsyncIterable<Buffer>];
  let text = '';
  for await (const part of response) text += part.toString();
  return text;
}

const heardBy = async (...asked: Parameters<typeof ask>) =>
  JSON.parse(await ask(...asked)) as IncomingHttpHeaders;

const variables = (calleeUrl: string) => ({ FOX_CALLS: 'callee', CALLEE_URL: calleeUrl });

test.each(['esm', 'commonjs'] as const)(
  'every way to call carries the context of its own request, many at a time (%s)',
  async (kind) => {
    const echo = await startEcho();
    const program = await startProgram(kind, { ...variables(echo.url), NODE_OPTIONS: preloadOption });
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    onTestFinished(() => agent.destroy());
    const asked = program.ways.flatMap((way) => ['a', 'b', 'c'].map((name) => ({ way, name })));
    const answers = await Promise.all(
      asked.map(async ({ way, name }) => {
        const text = await ask(program.url, way, contextOf(name), { agent });
        const {
          baggage,
          traceparent,
          tracestate,
          'x-request-id': id,
        } = JSON.parse(text) as IncomingHttpHeaders;
        return { way, name, baggage, traceparent, tracestate, 'x-request-id': id };
      }),
    );
    expect(answers).toEqual(asked.map(({ way, name }) => ({ way, name, ...contextOf(name) })));
    expect(program.ways.length).toBeGreaterThan(kind === 'esm' ? 20 : 2);
    // A module has no main one.
    expect(program.first['isMain']).toBe(kind === 'commonjs' ? true : undefined);
    expect(program.errors()).toBe('');
  },
);

test('without it nothing is carried', async () => {
  const echo = await startEcho();
  const program = await startProgram('esm', variables(echo.url));
  for (const way of ['request(url)', 'fetch', 'undici.request'])
    expect(await heardBy(program.url, way, contextOf('a'))).not.toHaveProperty('baggage');
});

test('nothing is carried to the outside world, be it by a redirect', async () => {
  const [echo, outside] = [await startEcho(), await startEcho()];
  const program = await startProgram('esm', { ...variables(echo.url), NODE_OPTIONS: preloadOption });
  const elsewhere = outside.url.replace('127.0.0.1', 'localhost');
  for (const way of program.ways) await ask(program.url, way, contextOf('a'), { url: outside.url });
  await ask(program.url, 'fetch', contextOf('a'), {
    url: `${echo.url}/to?${encodeURIComponent(outside.url)}`,
  });
  await ask(program.url, 'fetch', contextOf('a'), { url: `${echo.url}/to?${encodeURIComponent(elsewhere)}` });
  expect(outside.heard.length).toBeGreaterThan(program.ways.length);
  for (const headers of outside.heard)
    for (const name of ['baggage', 'traceparent', 'tracestate', 'x-request-id', 'x-fox-carried'])
      expect(headers).not.toHaveProperty(name);
  // Where the redirect stays among components, it is carried on.
  const back = `${echo.url}/to?${encodeURIComponent(echo.url)}`;
  expect(await heardBy(program.url, 'fetch', contextOf('b'), { url: back })).toMatchObject(contextOf('b'));
});

test('what the program sets itself stays; its baggage gets what it lacks', async () => {
  const echo = await startEcho();
  const program = await startProgram('esm', { ...variables(echo.url), NODE_OPTIONS: preloadOption });
  const { baggage } = contextOf('a');
  for (const way of [
    'own headers',
    'own headers, set late',
    'own headers by fetch',
    'own headers by undici',
    'own headers in a list',
  ]) {
    const heard = await heardBy(program.url, way, contextOf('a'));
    expect({ way, baggage: heard['baggage'], traceparent: heard['traceparent'] }).toEqual({
      way,
      baggage: `${baggage},mine=1`,
      traceparent: 'own-trace',
    });
    expect(heard).not.toHaveProperty('tracestate');
  }
  expect((await heardBy(program.url, 'own headers', contextOf('a')))['x-request-id']).toBe('own-id');
  const several = await heardBy(program.url, 'own headers in several', contextOf('a'));
  expect(several['baggage']).toBe(`${baggage},mine=1,too=2`);
  // Doing it twice does no more.
  expect(await heardBy(program.url, 'by fox/component as well', contextOf('a'))).toMatchObject(
    contextOf('a'),
  );
  const other = await heardBy(program.url, 'a context of another request', contextOf('a'));
  expect(other['baggage']).toBe('kf-dep=other-v9,kf-ve=there');
});

test('a call that some queue lets go later carries the context of no other request', async () => {
  const echo = await startEcho();
  const program = await startProgram('esm', { ...variables(echo.url), NODE_OPTIONS: preloadOption });
  const names = ['a', 'b', 'c', 'd', 'e'];
  const heard = await Promise.all(
    names.map(async (name) => heardBy(program.url, 'undici.fetch by a busy pool', contextOf(name))),
  );
  expect(heard.some(({ baggage }) => baggage !== undefined)).toBe(true);
  for (const [index, name] of names.entries())
    expect([undefined, contextOf(name).baggage]).toContain(heard[index]?.['baggage']);
});

test('a connection that was upgraded keeps the context of its request', async () => {
  const echo = await startEcho();
  const program = await startProgram('esm', { ...variables(echo.url), NODE_OPTIONS: preloadOption });
  const { hostname, port } = new URL(program.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\nbaggage: kf-dep=app-w\r\n\r\n`,
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString()).toContain('101');
  socket.write('call');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(JSON.parse(answer.toString())).toMatchObject({ baggage: 'kf-dep=app-w' });
});

test('threads and children have it, too; loading it twice is harmless; errors stay what they are', async () => {
  const echo = await startEcho();
  const [single, twice, without] = await Promise.all([
    startProgram('esm', { ...variables(echo.url), NODE_OPTIONS: preloadOption }),
    startProgram('esm', { ...variables(echo.url), NODE_OPTIONS: preloadOption }, [
      '--import',
      `${preloadOption.split(' ')[1]}#2`,
    ]),
    startProgram('esm', variables(echo.url)),
  ]);
  for (const way of ['in a worker thread', 'in a child'])
    expect(await ask(single.url, way, {})).toBe('[true,"callee"]');
  expect(await heardBy(twice.url, 'own headers', contextOf('a'))).toMatchObject({
    baggage: `${contextOf('a').baggage},mine=1`,
  });
  const wrong = await ask(without.url, 'wrong', contextOf('a'));
  expect(JSON.parse(wrong)).toHaveLength(5);
  expect(await ask(single.url, 'wrong', contextOf('a'))).toBe(wrong);
  expect(single.errors()).toBe('');
});

test('outside of fox it does nothing', async () => {
  const echo = await startEcho();
  const program = await startProgram('commonjs', { CALLEE_URL: echo.url, NODE_OPTIONS: preloadOption });
  expect(await heardBy(program.url, 'fetch', contextOf('a'))).not.toHaveProperty('baggage');
  expect(program.errors()).toBe('');
});
