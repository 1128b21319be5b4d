// A result as YAML. A file of its own, as it is loaded only when it is asked for, and bundled CommonJS has no named exports then.
import { stringify } from 'yaml';

export function yamlText(result: unknown): string {
  return stringify(result);
}
