// What `--secret` and its companions give: values from a prompt without echo, from standard input or from files; never from argv.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { SecretSource } from '../actions/environments/values/set-secret.ts';
import { FoxError } from '../core/errors.ts';
import { fileSystemError } from '../core/file-system-error.ts';
import { variableNameProblem } from '../core/names.ts';
import { parseSecretKey, secretText } from '../core/environments/secret-value.ts';
import type { CommandContext, CommandInput, OptionDefinition } from './command-definition.ts';
import { bytesOf, standardInput } from './standard-input.ts';

/** Options that set secrets of a virtual environment. */
export const secretOptions: readonly OptionDefinition[] = [
  {
    flags: '--secret <name>',
    description:
      'secret to set; its value is asked for, or read from standard input where that is no terminal: all of it but one newline at its end',
  },
  {
    flags: '--from-file <path>',
    description: "the secret's value is what this file has, but for one newline at its end",
  },
  {
    flags: '--from-secret <name/key>',
    description: "the secret's value is in a Secret of the cluster that another tool looks after",
  },
  {
    flags: '--secrets <path>',
    description:
      'file with a line NAME=value, or export NAME=value, for each secret to set; - is standard input',
  },
];

/** More than any value may have, so that a wrong file isn't read to its end. */
const maxFileBytes = 1024 * 1024;

type Io = Pick<CommandContext, 'output' | 'signal' | 'terminal' | 'stdin'>;

/**
 * The secrets that a command line sets, by name; empty if none. Asks for a value, or reads it.
 * @throws FoxError USAGE, FILE_SYSTEM, CANCELLED; none shows a value.
 */
export async function readSecrets(input: CommandInput, io: Io): Promise<Map<string, SecretSource>> {
  const { secret, fromFile, fromSecret, secrets } = input as Readonly<Record<string, string | undefined>>;
  if (secrets !== undefined) {
    if (secret !== undefined || fromFile !== undefined || fromSecret !== undefined)
      throw new FoxError(
        'USAGE',
        '--secrets sets all secrets of a file; it goes with no other --secret or --from option',
      );
    return linesOf(await contentOf(secrets, io), secrets);
  }
  if (secret === undefined) {
    if (fromFile === undefined && fromSecret === undefined) return new Map();
    const flag = fromFile === undefined ? '--from-secret' : '--from-file';
    throw new FoxError('USAGE', `${flag} needs the name of the secret`, {
      hints: ['Add `--secret <NAME>`.'],
    });
  }
  refuseValue(secret);
  return new Map([[secret, await sourceOf(secret, { fromFile, fromSecret }, io)]]);
}

async function sourceOf(
  name: string,
  { fromFile, fromSecret }: { fromFile: string | undefined; fromSecret: string | undefined },
  io: Io,
): Promise<SecretSource> {
  if (fromFile !== undefined && fromSecret !== undefined)
    throw new FoxError('USAGE', '--from-file and --from-secret exclude each other');
  if (fromSecret !== undefined) return { from: referenceOf(fromSecret) };
  if (fromFile !== undefined)
    return { value: secretText(name, withoutNewline(await contentOf(fromFile, io))) };
  if (io.terminal !== undefined)
    return { value: secretText(name, Buffer.from(await ask(name, io.terminal, io))) };
  if (io.stdin === undefined || io.stdin.isTTY)
    throw new FoxError('USAGE', `nobody can be asked for the value of ${name}`, {
      hints: [`Pipe it: \`fox env set … --secret ${name} < file\`; or use --from-file.`],
    });
  return { value: secretText(name, withoutNewline(await standardInput(io, maxFileBytes))) };
}

/** `NAME=value` would be in the shell's history and in every user's `ps`. The value isn't repeated. */
function refuseValue(secret: string): void {
  if (!secret.includes('=')) return;
  throw new FoxError(
    'USAGE',
    "--secret takes a name, not a value: the shell's history and the list of processes would show it",
    {
      hints: [
        '`--secret <NAME>` asks for the value; or pipe it, or use --from-file.',
        'If the value was typed, remove it from the history, or change it.',
      ],
    },
  );
}

function referenceOf(text: string): { name: string; key: string } {
  const found = parseSecretKey(text);
  if (found !== undefined) return found;
  throw new FoxError('USAGE', `${JSON.stringify(text)} names no key of a Secret`, {
    hints: ['Write --from-secret <name of the Secret>/<key>.'],
  });
}

async function contentOf(path: string, io: Io): Promise<Uint8Array> {
  if (path === '-') return standardInput(io, maxFileBytes);
  try {
    return await bytesOf(createReadStream(path), { what: path, most: maxFileBytes, signal: io.signal });
  } catch (error) {
    throw fileSystemError(error, 'read the secret', path);
  }
}

/** What `echo` puts behind a value, and an editor behind a line: the same text is the same secret, wherever it is from. */
function withoutNewline(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) !== 10) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 13 ? -2 : -1);
}

/** Lines `NAME=value`, as shells export them, too; each value as it stands; empty lines and those with `#` in front count for nothing. */
function linesOf(bytes: Uint8Array, path: string): Map<string, SecretSource> {
  const found = new Map<string, SecretSource>();
  for (const [index, written] of secretText(path, bytes, maxFileBytes).split(/\r?\n/).entries()) {
    const line = written.replace(/^export[ \t]+/, '');
    if (line.trim() === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    const place = `line ${index + 1} of ${path}`;
    const name = line.slice(0, Math.max(equals, 0));
    // Not shown: whatever it is may be a value, such as a line of base64 with = at its end.
    if (variableNameProblem(name) !== undefined) throw new FoxError('USAGE', `${place} is no NAME=value`);
    if (found.has(name)) throw new FoxError('USAGE', `${place} sets ${name} once more`);
    found.set(name, { value: secretText(name, Buffer.from(line.slice(equals + 1))) });
  }
  if (found.size === 0) throw new FoxError('USAGE', `${path} sets no secret`);
  return found;
}

/** Asks without showing what is typed. The terminal is as before afterwards, whatever happens. */
async function ask(
  name: string,
  { stdin, stderr }: NonNullable<Io['terminal']>,
  { output, signal }: Io,
): Promise<string> {
  output.end();
  stderr.write(`Value of ${name} (not shown): `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: stdin, output: unseen, terminal: true, historySize: 0 });
  try {
    const closed = new Promise<never>((_resolve, reject) => {
      prompt.once('close', () => reject(cancelled()));
    });
    return await Promise.race([prompt.question('', { signal }), closed]).catch(() => {
      throw cancelled();
    });
  } finally {
    prompt.close();
    stderr.write('\n');
  }
}

function cancelled(): FoxError {
  return new FoxError('CANCELLED', 'cancelled: nothing was changed');
}
