// Forms in which objects are sent: as they are, as rows of a table, or only their metadata.
import type { KubeObject } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import type { Column, Kind } from './kind.ts';
import type { Page } from './page.ts';

/** The form that a client asks for. */
export interface Representation {
  readonly form: 'object' | 'table' | 'metadata';
  /** Version of `meta.k8s.io`. */
  readonly version: string;
  /** What a table's row carries of its object. */
  readonly rowObject: 'None' | 'Metadata' | 'Object';
}

const accepted = 'application/json, application/json;as=Table;v=v1;g=meta.k8s.io';

/** The first form of an Accept header that the API has. @throws StatusError 406. */
export function negotiate(accept: string | undefined, query: URLSearchParams): Representation {
  const asked = query.get('includeObject');
  const rowObject = asked === 'None' || asked === 'Object' ? asked : 'Metadata';
  const ranges = (accept ?? '*/*').split(',').map((range) => range.trim());
  for (const range of ranges) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (!['application/json', 'application/*', '*/*', ''].includes(type)) continue;
    const { as, v = 'v1', g } = Object.fromEntries(parameters.map((parameter) => parameter.split('=')));
    if (as === undefined) return { form: 'object', version: 'v1', rowObject };
    if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) continue;
    if (as === 'Table') return { form: 'table', version: v, rowObject };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')
      return { form: 'metadata', version: v, rowObject };
  }
  throw new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted}`);
}

/** One object in the form asked for. */
export function renderObject(
  kind: Kind,
  object: KubeObject,
  representation: Representation,
  now: number,
): unknown {
  if (representation.form === 'object') return object;
  if (representation.form === 'metadata') return metadataOf(object, representation);
  return table(kind, [object], { resourceVersion: object.metadata.resourceVersion }, representation, now);
}

/** A list in the form asked for. */
export function renderList(
  kind: Kind,
  { items, version, continue: next, remaining }: Page,
  representation: Representation,
  now: number,
): unknown {
  const metadata = {
    resourceVersion: String(version),
    ...(next === undefined ? {} : { continue: next }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
  if (representation.form === 'table') return table(kind, items, metadata, representation, now);
  if (representation.form === 'metadata') {
    const apiVersion = `meta.k8s.io/${representation.version}`;
    const partial = items.map((object) => metadataOf(object, representation));
    return { kind: 'PartialObjectMetadataList', apiVersion, metadata, items: partial };
  }
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  // In a list, items say neither kind nor version: the list does.
  const bare = items.map(({ apiVersion: _version, kind: _kind, ...rest }) => rest);
  return { kind: `${kind.kind}List`, apiVersion, metadata, items: bare };
}

/** Objects as rows, with the kind's columns. */
export function table(
  kind: Kind,
  objects: readonly KubeObject[],
  metadata: object,
  representation: Representation,
  now: number,
) {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${representation.version}`,
    metadata,
    columnDefinitions: kind.columns.map(columnDefinition),
    rows: objects.map((object) => ({
      cells: kind.columns.map(({ cell }) => cell(object, now)),
      ...shownObject(object, representation),
    })),
  };
}

function shownObject(object: KubeObject, representation: Representation): object {
  if (representation.rowObject === 'None') return {};
  return { object: representation.rowObject === 'Object' ? object : metadataOf(object, representation) };
}

function metadataOf({ metadata }: KubeObject, { version }: Representation): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata };
}

function columnDefinition({ name, type, description, wide }: Column): object {
  return { name, type, format: name === 'Name' ? 'name' : '', description, priority: wide === true ? 1 : 0 };
}
