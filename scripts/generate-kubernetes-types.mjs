// Writes src/embedded/api/schema/kubernetes-types.ts: node scripts/generate-kubernetes-types.mjs <Kubernetes' api/openapi-spec/swagger.json> <version>
import { readFileSync, writeFileSync } from 'node:fs';

const roots = [
  'core.v1.ConfigMap',
  'core.v1.Secret',
  'core.v1.Namespace',
  'core.v1.Pod',
  'core.v1.Service',
  'core.v1.ServiceAccount',
  'core.v1.Event',
  'apps.v1.Deployment',
  'apps.v1.ReplicaSet',
  'autoscaling.v2.HorizontalPodAutoscaler',
  'coordination.v1.Lease',
  'networking.v1.Ingress',
  'policy.v1.PodDisruptionBudget',
  'rbac.v1.Role',
  'rbac.v1.RoleBinding',
];
const scalars = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'time',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'time',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'any',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'int-or-string',
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
};

const [source, version] = process.argv.slice(2);
if (version === undefined) throw new Error('say where swagger.json is, and of which version');
const { definitions } = JSON.parse(readFileSync(source, 'utf8'));

/** Types that were met, by their short names. */
const types = new Map();
const fullNames = new Map();

function typeOf(name) {
  if (scalars[name] !== undefined) return scalars[name];
  const short = name.split('.').at(-1);
  if ((fullNames.get(short) ?? name) !== name) throw new Error(`${short} means ${name} and another type`);
  if (fullNames.has(short)) return short;
  fullNames.set(short, name);
  const { properties, 'x-kubernetes-map-type': map } = definitions[name];
  const fields = Object.entries(properties).map(([field, property]) => `${field}:${fieldType(property)}`);
  types.set(short, `${map === 'atomic' ? '!' : ''}${fields.join(' ')}`);
  return short;
}

function fieldType(property) {
  const strategies = (property['x-kubernetes-patch-strategy'] ?? '').split(',');
  const atomic = property['x-kubernetes-map-type'] === 'atomic' ? '!' : '';
  const replace = strategies.includes('replace') ? '%' : '';
  const retain = strategies.includes('retainKeys') ? '~' : '';
  if (property.$ref !== undefined)
    return `${atomic}${replace}${retain}${typeOf(property.$ref.split('/').at(-1))}`;
  if (property.type === 'array') return listType(property, strategies.includes('merge'), retain);
  if (property.additionalProperties !== undefined)
    return `${atomic}{}${fieldType(property.additionalProperties)}`;
  if (property.type === 'object') return 'any';
  return property.format === 'byte' || property.type !== 'integer' ? scalar(property) : property.format;
}

function scalar({ type, format }) {
  return format === 'byte' ? 'bytes' : type;
}

function listType(property, merges, retain) {
  const items = fieldType(property.items);
  const relation = property['x-kubernetes-list-type'] ?? 'atomic';
  const keys = relation === 'map' ? property['x-kubernetes-list-map-keys'].join('+') : '';
  const mergeKey = merges ? `<${property['x-kubernetes-patch-merge-key'] ?? ''}>` : '';
  return `[${relation === 'set' ? '=' : keys}${mergeKey}]${retain}${items}`;
}

for (const root of roots) typeOf(`io.k8s.api.${root}`);
const lines = [...types]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, fields]) => `${name} ${fields}`);
const text = `// The fields of all kinds of the embedded cluster, made from Kubernetes' own description (${version}) by scripts/generate-kubernetes-types.mjs.

/**
 * One type per line: its name and its fields with their types. \`!\` is replaced as a whole, \`{}t\` a map of t, \`[k+l]t\` a list
 * of t known by the keys k and l, \`[=]t\` a set, \`[]t\` a list that is replaced as a whole; \`<k>\` is the key by which strategic
 * merge patches merge a list (\`<>\`: by value), \`%\` what they replace, \`~\` what
 * they are to name all remaining keys of.
 */
export const kubernetesTypes = \`
${lines.join('\n')}
\`;
`;
writeFileSync(new URL('../src/embedded/api/schema/kubernetes-types.ts', import.meta.url), text);
