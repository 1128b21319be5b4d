// OpenAPI 2 as older kubectls read it: a protobuf message with what can be patched how, and no schemas: those they do without.
// https://github.com/google/gnostic-models/blob/main/openapiv2/OpenAPIv2.proto

/** Its media type. */
export const openApi2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** As clients ask for it, new ones too; in an answer they take it for damaged, because of the `@`. */
export const askedOpenApi2Type = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** A path whose objects can be patched. */
export interface PatchOperation {
  readonly path: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
}

/** The description as a message. */
export function encodeOpenApi2(
  info: { readonly title: string; readonly version: string },
  operations: readonly PatchOperation[],
  parameters: readonly string[],
): Buffer {
  const queries = parameters.map((name) => {
    const query = message(text(2, 'query'), text(4, name));
    // Each step of the way is a message of its own: item, parameter, no body, query.
    return field(8, field(1, field(2, field(3, query))));
  });
  const paths = operations.map(({ path, kind }) => {
    const extension = message(
      text(1, 'x-kubernetes-group-version-kind'),
      field(2, text(2, `group: "${kind.group}"\nkind: ${kind.kind}\nversion: ${kind.version}\n`)),
    );
    const patch = message(...queries, field(13, extension));
    return field(2, message(text(1, path), field(2, field(8, patch))));
  });
  const about = message(text(1, info.title), text(2, info.version));
  return message(text(1, '2.0'), field(2, about), field(8, message(...paths)), field(9, Buffer.alloc(0)));
}

/** A field that has bytes: a text or a message. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function text(number: number, content: string): Buffer {
  return field(number, Buffer.from(content));
}

function message(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields);
}

/** A number, seven bits at a time, the last ones first. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}
