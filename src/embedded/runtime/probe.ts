// Asks a process once for its health: by HTTP, or by whether its port accepts a connection.
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Probe } from './pod.ts';

/** What a probe found. */
export type ProbeResult =
  | { readonly healthy: true }
  /** `refused`: nothing listens on the port. */
  | { readonly healthy: false; readonly refused: boolean; readonly problem: string };

const host = '127.0.0.1';

/** Probes the process that was given `port` as PORT; without a probe, a connection is enough. Never rejects. */
export function probeOnce(probe: Probe | undefined, port: number): Promise<ProbeResult> {
  const timeout = (probe?.timeoutSeconds ?? 1) * 1000;
  if (probe?.httpGet !== undefined) return askHttp(probe.httpGet, port, timeout);
  if (probe === undefined || probe.tcpSocket !== undefined) return askTcp(port, timeout);
  const problem = 'the embedded cluster has httpGet and tcpSocket probes only';
  return Promise.resolve({ healthy: false, refused: false, problem });
}

function askTcp(port: number, timeout: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    const end = (result: ProbeResult) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeout, () => end(unhealthy(`no connection within ${timeout} ms`)));
    socket.once('connect', () => end({ healthy: true }));
    socket.once('error', (error) => end(fromError(error)));
  });
}

function askHttp(
  { path = '/', scheme, httpHeaders = [] }: NonNullable<Probe['httpGet']>,
  port: number,
  timeout: number,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const headers = {
      'user-agent': 'kube-probe/fox',
      ...Object.fromEntries(httpHeaders.map((h) => [h.name, h.value])),
    };
    const options: RequestOptions = { host, port, path, headers, agent: false };
    // As on Kubernetes, a probe doesn't check the certificate: it asks a process, not a name.
    const request =
      scheme === 'HTTPS' ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
    const timer = setTimeout(
      () => end(unhealthy(`GET ${path} did not answer within ${timeout} ms`)),
      timeout,
    );
    const end = (result: ProbeResult) => {
      clearTimeout(timer);
      resolve(result);
      request.destroy();
    };
    request.once('response', ({ statusCode = 0 }) => {
      const good = statusCode >= 200 && statusCode < 400;
      end(good ? { healthy: true } : unhealthy(`GET ${path} answered ${statusCode}`));
    });
    request.on('error', (error) => end(fromError(error)));
    request.end();
  });
}

function fromError({ code, message }: NodeJS.ErrnoException): ProbeResult {
  return { healthy: false, refused: code === 'ECONNREFUSED', problem: message };
}

function unhealthy(problem: string): ProbeResult {
  return { healthy: false, refused: false, problem };
}
