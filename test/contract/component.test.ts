// The export for components in real servers: one copied file, bodies and connections that are used again, and calls.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  Agent,
  createServer,
  request as requestOf,
  type IncomingHttpHeaders,
  type RequestListener,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import {
  contextHeaders,
  fetch as callComponent,
  variables,
  withContext,
} from '../../src/component/component.ts';

const root = join(import.meta.dirname, '..', '..');
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function serve(listener: (...given: Parameters<RequestListener>) => unknown): Promise<string> {
  const server = createServer((request, response) => void listener(request, response)).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-component-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

test('a body that is read by events belongs to its request, on a connection that is used again', async () => {
  const url = await serve(
    withContext((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += `${part.toString()}:${String(variables()['WHO'])} `));
      request.on('end', () => response.end(`${body}end:${contextHeaders()['baggage']}`));
    }),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ask = async (who: string) => {
    const headers = { 'x-fox-env': encoded({ WHO: who }), baggage: who };
    const request = requestOf(url, { agent, headers, method: 'POST' });
    const [response] = (await once(request.end('part'), 'response')) as [AsyncIterable<Buffer>];
    let text = '';
    for await (const part of response) text += part.toString();
    return text;
  };
  expect(await Promise.all(['a', 'b', 'c'].map(ask))).toEqual(
    ['a', 'b', 'c'].map((who) => `part:${who} end:${who}`),
  );
});

test('a call carries the context; what the call says itself counts more; other headers stay', async () => {
  const heard: IncomingHttpHeaders[] = [];
  const callee = await serve((request, response) => {
    heard.push(request.headers);
    response.end();
  });
  const caller = await serve(
    withContext(async (_, response) => {
      await callComponent(callee, { headers: { 'X-Own': '1' } });
      await callComponent(
        new Request(callee, { method: 'POST', body: 'x', headers: { baggage: 'other=1' } }),
      );
      await callComponent(new URL(callee));
      response.end();
    }),
  );
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const headers = { baggage: 'kf-dep=shop-v1,kf-ve=a', traceparent, cookie: 'a=b' };
  expect((await fetch(caller, { headers })).status).toBe(200);
  expect(heard).toMatchObject([
    { 'x-own': '1', baggage: headers.baggage, traceparent },
    { baggage: 'other=1', traceparent, 'content-length': '1' },
    { baggage: headers.baggage, traceparent },
  ]);
  for (const each of heard) expect(each).not.toHaveProperty('cookie');
  await callComponent(callee);
  expect(heard[3]).not.toHaveProperty('baggage');
});

test('the built file works alone, as a copy in a component that has nothing else', async () => {
  const directory = await emptyDirectory();
  await copyFile(join(root, 'dist/component.js'), join(directory, 'fox.mjs'));
  await writeFile(
    join(directory, 'server.mjs'),
    `import { createServer } from 'node:http';
import { variables, withContext } from './fox.mjs';

const server = createServer(withContext(async (request, response) => {
  response.end(await greeting());
}));
const greeting = async () => variables().GREETING;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`,
  );
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  const headers = { 'x-fox-env': encoded({ GREETING: 'Hello' }) };
  expect(await (await fetch(`http://127.0.0.1:${port}`, { headers })).text()).toBe('Hello');
});

test('it is an export of the package, with types', async () => {
  const directory = await emptyDirectory();
  await writeFile(
    join(directory, 'component.mts'),
    `import { createServer } from 'node:http';
import { contextHeaders, fetch, params, variables, type VariableValue, withContext } from 'fox/component';

const server = createServer(withContext(async (request, response) => {
  const greeting: VariableValue | undefined = variables()['GREETING'];
  const answer: Response = await fetch('http://api', { method: request.method ?? 'GET' });
  response.setHeader('x-from', Object.keys(contextHeaders()).join());
  const id: string | undefined = params()['id'];
  response.setHeader('x-id', String(id));
  response.end(\`\${String(greeting)} \${await answer.text()}\`);
}));
export const web = withContext((request: Request) => new Response(request.url));
// @ts-expect-error: a handler is given a request
export const wrong = withContext((request: number) => request);
server.listen();
`,
  );
  await writeFile(
    join(directory, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: 'es2023',
        module: 'preserve',
        moduleResolution: 'bundler',
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
        paths: { 'fox/component': [join(root, 'dist/component.d.ts')] },
      },
      files: ['component.mts'],
    }),
  );
  const checked = promisify(execFile)(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    directory,
  ]);
  await expect(checked).resolves.toMatchObject({ stdout: '' });
  // A package may import itself by its name.
  const script = `import('fox/component').then((found) => console.log(Object.keys(found).join(' ')))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: root });
  expect(stdout.trim()).toBe('contextHeaders fetch params variables withContext');
});
