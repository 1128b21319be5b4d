// Files that say what virtual environments are to be: read from files, directories or standard input.
import type { VariableValue } from '../core/version/app.ts';
import type { EnvironmentDefinition } from '../core/environments/environment-definition.ts';
import { parseSecretKey } from '../core/environments/secret-value.ts';
import { checkEnvironment, withoutSecretValues } from './check-environment.ts';
import { type ConfigDocument, parseConfigDocuments } from './config-document.ts';
import { configError, type ConfigProblem, type Report } from './config-problem.ts';
import { type EnvironmentPlace, readEnvironmentTexts } from './environment-texts.ts';
import {
  environmentJsonSchema,
  environmentKind,
  environmentSchema,
  type EnvironmentDocument,
} from './environment-schema.ts';
import { reportIssues, withoutIssues } from './schema-issues.ts';

/** What a file says of one virtual environment; what it doesn't mention is absent. */
export interface EnvironmentFile extends Pick<
  EnvironmentDefinition,
  | 'name'
  | 'parent'
  | 'hosts'
  | 'subPath'
  | 'policy'
  | 'access'
  | 'sticky'
  | 'skewProtection'
  | 'responseHeaders'
  | 'ttl'
> {
  /** File name as the user knows it. */
  readonly file: string;
  /** Line of its name. */
  readonly line?: number;
  /** Empty where the file has none. */
  readonly vars: Readonly<Record<string, VariableValue>>;
  /** Secrets that other tools look after. Those that fox keeps are in no file. */
  readonly secrets: Readonly<
    Record<string, { readonly from: { readonly name: string; readonly key: string } }>
  >;
}

const exampleHint = 'fox.environment.example.yaml shows every key.';
const secretHint = 'A secret is set by `fox env set -e <name> --secret <NAME>`: it never stands in a file.';

function hintsFor(problems: readonly ConfigProblem[]): string[] {
  const isAboutSecrets = problems.some(({ path }) => path === 'secrets' || path.startsWith('secrets.'));
  return [exampleHint, ...(isAboutSecrets ? [secretHint] : [])];
}

/**
 * Reads one file: YAML with any number of documents, or JSON.
 * @param file its name, for messages.
 * @throws FoxError CONFIG_INVALID with every problem found, each with file, line and path.
 */
export function parseEnvironmentFile(text: string, file: string): EnvironmentFile[] {
  return parseEnvironmentFiles([{ file, text }]);
}

/**
 * Reads files, directories (their *.yaml, *.yml and *.json, by name; not what is in directories below) and `-`.
 * @param paths as typed.
 * @throws FoxError CONFIG_INVALID with every problem of all files; USAGE where there is nothing to read; FILE_SYSTEM.
 */
export async function readEnvironmentFiles(
  paths: readonly string[],
  place: EnvironmentPlace,
): Promise<EnvironmentFile[]> {
  return parseEnvironmentFiles(await readEnvironmentTexts(paths, place));
}

function parseEnvironmentFiles(texts: readonly { file: string; text: string }[]): EnvironmentFile[] {
  const problems: ConfigProblem[] = [];
  const found = texts.flatMap(({ file, text }) => {
    const documents = parseConfigDocuments(file, text);
    if (documents.length === 0) {
      problems.push({ file, path: '', message: `holds no virtual environment (kind: ${environmentKind})` });
    }
    return documents.flatMap((document) => readDocument(document, problems) ?? []);
  });
  problems.push(...repeatedNames(found));
  if (problems.length > 0) throw configError(problems, hintsFor(problems));
  return found;
}

function readDocument(document: ConfigDocument, problems: ConfigProblem[]): EnvironmentFile | undefined {
  problems.push(...document.syntaxProblems);
  if (document.syntaxProblems.length > 0) return undefined;
  const report: Report = (path, message) => {
    const line = document.lineOf(path) ?? document.lineOf(['kind']);
    const place = line === undefined ? {} : { line };
    problems.push({ file: document.file, ...place, path: path.join('.'), message });
  };
  const value = withoutSecretValues(document.value, report);
  const { data, error } = environmentSchema.safeParse(value);
  const issues = error?.issues ?? [];
  reportIssues(issues, value, report, environmentJsonSchema);
  checkEnvironment(withoutIssues<EnvironmentDocument>(value, issues), document.sourceOf, report);
  if (data === undefined) return undefined;
  const line = document.lineOf(['name']);
  return { file: document.file, ...(line === undefined ? {} : { line }), ...resolved(data) };
}

function resolved({ name, vars, secrets, ...said }: EnvironmentDocument) {
  const { $schema: _schema, kind: _kind, ...settings } = said;
  return {
    name,
    ...given(settings),
    vars: vars ?? {},
    secrets: Object.fromEntries(
      Object.entries(secrets ?? {}).flatMap(([each, { from }]) => {
        const parsed = parseSecretKey(from);
        return parsed === undefined ? [] : [[each, { from: parsed }] as const];
      }),
    ),
  };
}

function given<T extends object>(settings: T) {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}

function repeatedNames(found: readonly EnvironmentFile[]): ConfigProblem[] {
  const first = new Map<string, EnvironmentFile>();
  return found.flatMap((each) => {
    const other = first.get(each.name);
    if (other === undefined) {
      first.set(each.name, each);
      return [];
    }
    const where = other.line === undefined ? other.file : `${other.file}:${other.line}`;
    const { file, line, name } = each;
    const place = line === undefined ? {} : { line };
    return [{ file, ...place, path: 'name', message: `"${name}" stands in ${where}, too` }];
  });
}
