// Writes a virtual environment as the file that says the same.
import { Document } from 'yaml';
import type { EnvironmentDefinition } from '../core/environments/environment-definition.ts';
import { environmentKind } from './environment-schema.ts';

/**
 * A virtual environment as a YAML document, to be edited and read again by `parseEnvironmentFile`. The secrets that fox
 * keeps, and when it ends, are told in comments only.
 */
export function environmentYaml(definition: EnvironmentDefinition): string {
  const { name, parent, hosts, subPath, policy, access, sticky, skewProtection, responseHeaders, ttl, vars } =
    definition;
  const secrets = Object.entries(definition.secrets ?? {});
  const references = secrets.flatMap(([each, { from }]) =>
    from === undefined ? [] : [[each, { from: `${from.name}/${from.key}` }] as const],
  );
  const document = new Document(
    {
      kind: environmentKind,
      name,
      ...(parent === undefined ? {} : { parent }),
      ...(hosts === undefined || hosts.length === 0 ? {} : { hosts }),
      ...(subPath === undefined ? {} : { subPath }),
      ...(policy === undefined ? {} : { policy }),
      ...(access === undefined ? {} : { access }),
      ...(sticky === undefined ? {} : { sticky }),
      ...(skewProtection === undefined ? {} : { skewProtection }),
      ...(responseHeaders === undefined ? {} : { responseHeaders }),
      ...(ttl === undefined ? {} : { ttl }),
      vars,
      ...(references.length === 0 ? {} : { secrets: Object.fromEntries(references) }),
    },
    { version: '1.2' },
  );
  const kept = secrets.flatMap(([each, { from, fingerprint }]) =>
    from === undefined ? [`   ${each} (${fingerprint.slice(0, 8)})`] : [],
  );
  if (kept.length > 0) {
    document.comment = [
      ` Secrets that fox keeps; \`fox env set -e ${name} --secret NAME\` changes one, \`fox env unset -e ${name} NAME\` removes it:`,
      ...kept,
    ].join('\n');
  }
  return document.toString({ lineWidth: 0 });
}
