// Asks the programs that keep credentials for Docker (docker-credential-…): a question on stdin, JSON on stdout.
import { execa } from 'execa';
import * as z from 'zod';
import { FoxError } from '../../core/errors.ts';
import { dockerHub } from '../../core/version/image-reference.ts';
import type { Env } from './auth-file.ts';

/** What a helper knows of a registry. */
export interface HelperAnswer {
  readonly username: string;
  readonly secret: string;
}

/** A helper may ask a user for a password; without an answer for so long it hangs. Milliseconds. */
const patience = 60_000;

const answer = z.object({ Username: z.string(), Secret: z.string() });

/**
 * Undefined if the helper doesn't know the registry.
 * @throws FoxError REGISTRY_DENIED if it is missing or fails; never with a secret.
 */
export async function askHelper(
  name: string,
  host: string,
  file: string,
  env: Env,
): Promise<HelperAnswer | undefined> {
  const program = `docker-credential-${name}`;
  // The name becomes that of a program: it must not lead to another directory.
  if (!/^[\w.-]+$/.test(name)) throw refusal(program, host, file, 'it is not the name of a program');
  const result = await execa(program, ['get'], {
    input: serverName(host),
    env,
    extendEnv: false,
    reject: false,
    timeout: patience,
    maxBuffer: 1024 * 1024,
  });
  if (result.code === 'ENOENT') throw refusal(program, host, file, 'there is no such program on the PATH');
  if (result.timedOut) throw refusal(program, host, file, `it gave no answer in ${patience / 1000} s`);
  if (result.failed) {
    const said = [result.stdout, result.stderr].join('\n').trim();
    if (/credentials not found/i.test(said)) return undefined;
    // What looks like an answer may hold a secret.
    const reason = said.includes('{') ? '' : firstLine(said);
    throw refusal(program, host, file, reason || 'it gave no reason');
  }
  const parsed = answer.safeParse(parseJson(result.stdout ?? ''));
  // What it printed may hold a secret: it is not repeated.
  if (!parsed.success) throw refusal(program, host, file, 'its answer holds no credentials');
  return { username: parsed.data.Username, secret: parsed.data.Secret };
}

/** Docker Hub has an old name there. */
function serverName(host: string): string {
  return host === dockerHub ? 'https://index.docker.io/v1/' : host;
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line.slice(0, 300);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(program: string, host: string, file: string, why: string): FoxError {
  return new FoxError(
    'REGISTRY_DENIED',
    `${program}, which is to know the credentials for ${host}, failed: ${why}`,
    {
      hints: [
        `Install it, or take it out of ${file} and log in again: \`docker login ${host}\`.`,
        `Try it: \`echo ${serverName(host)} | ${program} get\`.`,
      ],
    },
  );
}
