// The programs that proxies are measured with: routers of fox, HAProxy and nginx, each before the same server, and what they use.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const router = fileURLToPath(new URL('../dist/router.js', import.meta.url));
const backend = fileURLToPath(new URL('backend.mjs', import.meta.url));
const routedWorld = fileURLToPath(new URL('routed-world.ts', import.meta.url));
/** Of /proc: ticks per second, which is 100 on every Linux there is. */
const ticks = 100;

/** What of the tools isn't installed. */
export function missingTools(...tools) {
  return tools.filter((tool) => spawnSync('which', [tool]).status !== 0);
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a program and waits until its port accepts connections. */
async function startProgram(command, args, port) {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`);
    if (tries > 200) throw new Error(`${command} doesn't answer`);
    const isUp = await fetch(`${url}/up`).then(
      () => true,
      () => false,
    );
    if (isUp) return { url, pid: child.pid, stop: async () => stopChild(child) };
    await delay(25);
  }
}

async function stopChild(child) {
  child.stdin.end();
  child.kill();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** The fast server behind all of them: an nginx that answers by itself. */
export async function startFastServer(directory) {
  const port = await freePort();
  const pages = `location / { return 200 "ok"; }`;
  return { port, ...(await startNginx(directory, 'server', port, '', pages)) };
}

/** An nginx with one worker that does what a router does for each request, as far as its language goes. */
export async function startNginxProxy(directory, serverPort) {
  const upstream = `upstream pods { server 127.0.0.1:${serverPort}; keepalive 128; }`;
  const pages = `location / {
      proxy_pass http://pods; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Forwarded-Proto http;
      proxy_set_header X-Request-Id $request_id; proxy_set_header traceparent "00-$request_id-0000000000000001-00";
      proxy_set_header baggage "kf-dep=shop-v0,kf-ve=dev"; add_header fox-version v0; }`;
  const port = await freePort();
  return startNginx(directory, `proxy-${port}`, port, upstream, pages);
}

async function startNginx(directory, name, port, upstream, pages) {
  const file = join(directory, `nginx-${name}.conf`);
  const own = (kind) => `${kind}_temp_path ${join(directory, `${name}-${kind}`)};`;
  writeFileSync(
    file,
    `worker_processes 1; daemon off; master_process off; pid ${join(directory, `${name}.pid`)}; error_log stderr crit;
    events { worker_connections 4096; }
    http { access_log off; keepalive_requests 100000000; client_max_body_size 0;
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(own).join(' ')}
    ${upstream}
    server { listen 127.0.0.1:${port} reuseport; ${pages} } }\n`,
  );
  return startProgram('nginx', ['-c', file, '-p', directory, '-e', 'stderr'], port);
}

/** A HAProxy with one thread, and rules that do what a router does for each request. */
export async function startHaproxy(directory, serverPort) {
  const port = await freePort();
  const file = join(directory, `haproxy-${port}.cfg`);
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  option http-keep-alive
  option forwardfor
  http-reuse always
  timeout connect 2s
  timeout client 75s
  timeout server 60s
  timeout tunnel 1h
frontend edge
  bind 127.0.0.1:${port}
  unique-id-format %{+X}o%ci%cp%fi%fp%Ts%rt%pid
  unique-id-header X-Request-Id
  http-request set-var(txn.version) url_param(kf-dep)
  http-request set-var(txn.version) str(v0) unless { var(txn.version) -m found }
  http-request set-query %[query,regsub(kf-dep=[^&]*&?,)]
  http-request del-header x-fox- -m beg
  http-request del-header baggage
  http-request set-header baggage kf-dep=shop-%[var(txn.version)],kf-ve=dev
  http-request set-header traceparent 00-%[uuid()]-0000000000000001-00
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Proto http
  http-response set-header fox-version %[var(txn.version)]
  acl api path_beg /api/
  use_backend pods if api
  default_backend pods
backend pods
  server pod 127.0.0.1:${serverPort} maxconn 1000\n`,
  );
  return startProgram('haproxy', ['-db', '-q', '-f', file], port);
}

/** A server of this repository that prints its port. */
export async function startBackend() {
  const child = spawn(process.execPath, [backend], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const port = Number(line);
  return { port, url: `http://127.0.0.1:${port}`, pid: child.pid, stop: async () => stopChild(child) };
}

/** The world of routed-world.ts. */
export async function loadRoutedWorld(directory) {
  const outfile = join(directory, 'routed-world.mjs');
  await build({
    entryPoints: [routedWorld],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}

/** The router as it is delivered, in a world of its own; its log goes to a file, as on the embedded cluster. */
export async function startFox(directory, { createRoutedWorld }, { nodeOptions = [], ...sketch }) {
  const world = await createRoutedWorld(sketch);
  const port = await freePort();
  const file = join(directory, `fox-${port}.log`);
  const log = openSync(file, 'w');
  const where = ['--mode', 'embedded', '--kubeconfig', world.kubeconfig, '--namespace', 'default'];
  const args = [...nodeOptions, router, ...where, '--id', 'bench', '--edge', `127.0.0.1:${port}`];
  const child = spawn(process.execPath, args, { stdio: ['pipe', log, 'inherit'] });
  closeSync(log);
  while (!readFileSync(file, 'utf8').includes('"ready"')) {
    if (child.exitCode !== null) throw new Error(`a router ended with ${child.exitCode}`);
    await delay(25);
  }
  const stop = async () => {
    await stopChild(child);
    await world.end();
  };
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, stop };
}

/** Seconds of CPU that a process has used. */
export function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** Most memory that a process has had since {@link forgetPeak}, in MB. */
export function peakMemoryOf(pid) {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kilobytes) / 1024;
}

export function forgetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
