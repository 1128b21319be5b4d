// What the README tells components of other languages to write: run as it stands there, in a real server of each language.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { hasProgram } from '../e2e/sandbox.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = await readFile(join(root, 'README.md'), 'utf8');

/** The README's block of code in a language that has `words` in it. */
function recipe(language: string, words: string): string {
  const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  const found = blocks.filter(([, of, code = '']) => of === language && code.includes(words));
  expect(found).toHaveLength(1);
  return found[0]?.[2] ?? '';
}

const indented = (code: string, by: string) => code.replaceAll(/^(?=.)/gm, by);

// Each answers with its variables, after it has called API_URL; it prints its port.
const programs: Record<string, { run: readonly string[]; file: string; text: () => string }> = {
  node: {
    run: ['node', 'server.mjs'],
    file: 'server.mjs',
    text: () => `import { createServer } from 'node:http';
const server = createServer(async (request, response) => {
${recipe('js', "?? 'e30'")}
  await answer.text();
  response.end(JSON.stringify(variables));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`,
  },
  python: {
    run: ['python3', '-u', 'server.py'],
    file: 'server.py',
    text: () => `import base64, json, os, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    log_message = lambda *_: None

    def do_GET(request):
${indented(recipe('python', 'x-fox-env'), '        ')}
        urllib.request.urlopen(urllib.request.Request(os.environ['API_URL'], headers=context)).read()
        request.send_response(200)
        request.end_headers()
        request.wfile.write(json.dumps(variables).encode())

server = HTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port)
server.serve_forever()
`,
  },
  go: {
    run: ['go', 'run', 'server.go'],
    file: 'server.go',
    text: () => `package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		call, _ := http.NewRequest("GET", os.Getenv("API_URL"), nil)
${recipe('go', 'x-fox-env')}
		answer, err := http.DefaultClient.Do(call)
		if err != nil {
			panic(err)
		}
		answer.Body.Close()
		_ = json.NewEncoder(response).Encode(variables)
	})))
}
`,
  },
};

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-recipe-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A component that is called: notes the headers of each request. */
async function listenIn(): Promise<{ url: string; heard: IncomingHttpHeaders[] }> {
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers);
    response.end('orders');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, heard };
}

/** Starts a program in a process group of its own (`go run` has a child); gives the port that it prints. */
async function start(run: readonly string[], cwd: string, env: Record<string, string>): Promise<string> {
  const [program = '', ...args] = run;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  onTestFinished(async () => {
    if (child.pid === undefined || child.exitCode !== null) return;
    process.kill(-child.pid, 'SIGKILL');
    await once(child, 'exit');
  });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return `http://127.0.0.1:${port}/`;
}

const context = { baggage: 'kf-dep=shop-v1,kf-ve=team-a', cookie: 'session=1' };
// Of each length that base64 has, with letters that make "-" and "_".
const samples = ['?', '??', '???', 'Grüß Gott ÿþ >>>'].map((GREETING) => ({
  GREETING,
  PAGE: 20.5,
  DEBUG: true,
  TAGS: ['a', 2],
}));

test.for(Object.entries(programs))(
  '$0: variables with their types, none where nothing was sent, and the context goes along',
  { timeout: 120_000 },
  async ([, { run, file, text }], { skip }) => {
    const [program = ''] = run;
    if (!(await hasProgram(program))) skip(`${program} is not installed`);
    const directory = await emptyDirectory();
    await writeFile(join(directory, file), text());
    const { url: API_URL, heard } = await listenIn();
    const url = await start(run, directory, { API_URL, GOFLAGS: '-mod=mod', GO111MODULE: 'off' });
    for (const sample of samples) {
      const sent = Buffer.from(JSON.stringify(sample)).toString('base64url');
      const response = await fetch(url, { headers: { ...context, 'x-fox-env': sent } });
      expect(await response.json()).toEqual(sample);
    }
    expect(await (await fetch(url)).json()).toEqual({});
    expect(heard.map(({ baggage = '' }) => baggage)).toEqual([...samples.map(() => context.baggage), '']);
    for (const headers of heard) expect(headers).not.toHaveProperty('cookie');
  },
);

test('the example with the export', async () => {
  const directory = await emptyDirectory();
  await copyFile(join(root, 'dist/component.js'), join(directory, 'fox.mjs'));
  const example = recipe('js', "'fox/component'")
    .replace("'fox/component'", "'./fox.mjs'")
    .replace('(process.env.PORT)', '(0, "127.0.0.1", function () { console.log(this.address().port); })');
  await writeFile(join(directory, 'server.mjs'), example);
  const { url: API_URL, heard } = await listenIn();
  const url = await start(['node', 'server.mjs'], directory, { API_URL });
  const sent = Buffer.from(JSON.stringify({ GREETING: 'Hello' })).toString('base64url');
  const response = await fetch(url, { headers: { ...context, 'x-fox-env': sent } });
  expect(await response.text()).toBe('Hello: orders');
  expect(heard).toMatchObject([{ baggage: context.baggage }]);
});
