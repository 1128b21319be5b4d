// Kubernetes' rules for names, labels, annotations and keys, in Kubernetes' words.

/** A rule: sentences that say what is wrong with a value; none if nothing is. */
export interface NameRule {
  (value: string): string[];
}

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const qualifiedFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValueFormat = `(${qualifiedFormat})?`;
const configKeyFormat = '[-._a-zA-Z0-9]+';

const isLabel = whole(labelFormat);
const isWildcard = whole(`\\*\\.${subdomainFormat}`);
const isSubdomain = whole(subdomainFormat);
const isQualified = whole(qualifiedFormat);
const isLabelValue = whole(labelValueFormat);
const isConfigKey = whole(configKeyFormat);

/** Names of most objects. */
export const subdomainRule: NameRule = (value) => [
  ...atMost(value, 253),
  ...(isSubdomain.test(value)
    ? []
    : [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end" +
          ` with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomainFormat}')`,
      ]),
];

/** Names of hosts, the first label of which may be `*`. */
export const wildcardSubdomainRule: NameRule = (value) => [
  ...atMost(value, 253),
  ...(isWildcard.test(value)
    ? []
    : [
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case" +
          ` alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.${subdomainFormat}')`,
      ]),
];

/** Names of namespaces and containers. */
export const labelRule: NameRule = (value) => [
  ...atMost(value, 63),
  ...(isLabel.test(value)
    ? []
    : isSubdomain.test(value)
      ? ['must not contain dots']
      : [
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an" +
            ` alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${labelFormat}')`,
        ]),
];

/** Names of roles: anything that can be one segment of a path. */
export const pathSegmentRule: NameRule = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
};

/** Keys of labels and annotations: `[prefix/]name`. */
export const qualifiedNameRule: NameRule = (value) => {
  const parts = value.split('/');
  const [first = '', second] = parts;
  const problems: string[] = [];
  if (parts.length > 2) {
    return [
      `a valid label key ${nameSentence('MyName', 'my.name')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (second !== undefined) {
    if (first === '') problems.push('prefix part must be non-empty');
    else problems.push(...subdomainRule(first).map((sentence) => `prefix part ${sentence}`));
  }
  const name = second ?? first;
  if (name === '') problems.push('name part must be non-empty');
  problems.push(...atMost(name, 63).map((sentence) => `name part ${sentence}`));
  if (!isQualified.test(name)) problems.push(`name part ${nameSentence('MyName', 'my.name')}`);
  return problems;
};

/** Values of labels. */
export const labelValueRule: NameRule = (value) => [
  ...atMost(value, 63),
  ...(isLabelValue.test(value)
    ? []
    : [
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with" +
          ` an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${labelValueFormat}')`,
      ]),
];

/** Keys of ConfigMaps and Secrets. */
export const configKeyRule: NameRule = (value) => {
  const problems = atMost(value, 253);
  if (!isConfigKey.test(value)) {
    problems.push(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or" +
        ` 'key-name', regex used for validation is '${configKeyFormat}')`,
    );
  }
  if (value === '.') problems.push("must not be '.'");
  if (value === '..') problems.push("must not be '..'");
  else if (value.startsWith('..')) problems.push("must not start with '..'");
  return problems;
};

/** Names of a container's environment variables. */
export const environmentNameRule: NameRule = (value) =>
  /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

/** Names of ports: at most 15 of `a-z0-9-`, with a letter. */
export const portNameRule: NameRule = (value) => {
  const problems: string[] = [];
  if (value.length > 15) problems.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(value))
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)');
  if (value.includes('--')) problems.push('must not contain consecutive hyphens');
  if (/^-|-$/.test(value)) problems.push('must not begin or end with a hyphen');
  return problems;
};

function nameSentence(one: string, other: string): string {
  return (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character" +
    ` (e.g. '${one}',  or '${other}',  or '123-abc', regex used for validation is '${qualifiedFormat}')`
  );
}

function atMost(value: string, length: number): string[] {
  // Kubernetes counts names in characters and labels in bytes; both can only have ASCII.
  const unit = length > 63 ? 'characters' : 'bytes';
  return Buffer.byteLength(value) > length ? [`must be no more than ${length} ${unit}`] : [];
}

function whole(format: string): RegExp {
  return new RegExp(`^${format}$`);
}
