// Checks names and values of Kubernetes' labels.
import type { Path } from './config-document.ts';
import type { Report } from './config-problem.ts';

const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const labelName = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Reports names and values that no label can have. */
export function checkLabels(
  labels: Readonly<Record<string, string | undefined>>,
  at: Path,
  report: Report,
): void {
  for (const [name, value] of Object.entries(labels)) {
    if (!labelName.test(name)) report([...at, name], 'is not a name that a label can have');
    else if (value !== undefined && !labelValue.test(value))
      report(
        [...at, name],
        'is not a value that a label can have: at most 63 letters, digits, "-", "_", "."',
      );
  }
}
