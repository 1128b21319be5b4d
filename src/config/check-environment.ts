// Checks what no schema can say of a virtual environment's file: names, addresses, values, and that no secret stands in it.
import type { VariableValue } from '../core/version/app.ts';
import { hostProblem, subPathProblem } from '../core/environments/environment-address.ts';
import { nameProblem, variableNameProblem } from '../core/names.ts';
import { parseSecretKey } from '../core/environments/secret-value.ts';
import { skewProtectionProblem } from '../core/environments/skew-protection.ts';
import { timeToLiveProblem } from '../core/environments/time-to-live.ts';
import { isInexact, textProblem } from '../core/environments/variable-value.ts';
import type { ConfigDocument, Path } from './config-document.ts';
import type { Report } from './config-problem.ts';
import type { EnvironmentDocument } from './environment-schema.ts';
import type { Draft } from './schema-issues.ts';

type File = Draft<EnvironmentDocument>;

/**
 * The document without what may be the value of a secret: that is reported here, without being shown.
 * What is left of its secrets is as the schema wants it.
 */
export function withoutSecretValues(value: unknown, report: Report): unknown {
  if (!isMap(value) || value['secrets'] === undefined) return value;
  const { secrets: all, ...others } = value;
  if (!isMap(all)) {
    report(['secrets'], 'must be a map, such as { CARD_KEY: { from: payment/card-key } }');
    return others;
  }
  const name = typeof value['name'] === 'string' ? value['name'] : '<name>';
  const secrets = Object.entries(all).filter(([secret, said]) => {
    const keys = isMap(said) ? Object.keys(said) : [];
    if (isMap(said) && typeof said['from'] === 'string' && keys.length === 1) {
      if (parseSecretKey(said['from']) !== undefined) return true;
      report(['secrets', secret, 'from'], 'must name a Secret of the cluster and a key in it: name/key');
    } else {
      report(
        ['secrets', secret],
        `may say nothing but { from: name/key }; a value never stands in a file: \`fox env set -e ${name} --secret ${secret}\` asks for it`,
      );
    }
    return false;
  });
  return { ...others, secrets: Object.fromEntries(secrets) };
}

/** Reports all other problems of what there is of a document; `sourceOf` gives how a value is written. */
export function checkEnvironment(file: File, sourceOf: ConfigDocument['sourceOf'], report: Report): void {
  for (const key of ['name', 'parent'] as const) {
    const name = file[key];
    checkText([key], name, nameProblem, report, `the name "${name}" `);
  }
  if (file.parent !== undefined && file.parent === file.name) report(['parent'], "can't be itself");
  const { vars = {}, secrets = {}, hosts = [] } = file;
  for (const [name, value] of Object.entries(vars)) {
    checkText(['vars', name], name, variableNameProblem, report);
    if (value !== undefined) checkValue(['vars', name], value as VariableValue, sourceOf, report);
  }
  for (const name of Object.keys(secrets)) {
    checkText(['secrets', name], name, variableNameProblem, report);
    if (Object.hasOwn(vars, name)) report(['secrets', name], 'stands in vars, too');
  }
  for (const [index, host] of hosts.entries()) {
    checkText(['hosts', index], host, hostProblem, report, `"${host}" `);
    if (host !== undefined && hosts.indexOf(host) < index)
      report(['hosts', index], `"${host}" stands here twice`);
  }
  checkText(['subPath'], file.subPath, subPathProblem, report, `"${file.subPath}" `);
  const { skewProtection } = file;
  checkText(['skewProtection'], skewProtection, skewProtectionProblem, report, `"${skewProtection}" `);
  checkText(['ttl'], file.ttl, timeToLiveProblem, report, `"${file.ttl}" `);
}

function checkText(
  path: Path,
  value: string | undefined,
  problemOf: (value: string) => string | undefined,
  report: Report,
  subject = '',
): void {
  const problem = value === undefined ? undefined : problemOf(value);
  if (problem !== undefined) report(path, `${subject}${problem}`);
}

function checkValue(
  path: Path,
  value: VariableValue,
  sourceOf: ConfigDocument['sourceOf'],
  report: Report,
): void {
  if (typeof value === 'object') {
    for (const [index, each] of value.entries()) {
      // A list of which an item is wrong has a hole there.
      if (each !== undefined) checkValue([...path, index], each, sourceOf, report);
    }
  } else if (typeof value === 'number') {
    const problem = numberProblem(value, sourceOf(path));
    if (problem !== undefined) report(path, problem);
  } else if (typeof value === 'string') {
    const problem = textProblem(value);
    if (problem !== undefined) report(path, problem);
  }
}

/** A number arrives as JavaScript writes it: `0123` would be 123, and `1.10` would be 1.1. */
function numberProblem(value: number, source: string | undefined): string | undefined {
  if (isInexact(value)) return 'is too large a number to be held exactly: put it in quotes';
  if (source === undefined || source === String(value)) return undefined;
  return `is the number ${value}: write that, or put ${source} in quotes to have it as text`;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
