// Checks of pod settings that no schema can say: amounts, budgets, scaling, references, and what belongs to fox alone.
import { parseQuantity } from '../core/version/quantity.ts';
import { checkLabels } from './check-labels.ts';
import { checkPodTemplate } from './check-pod-template.ts';
import type { Path } from './config-document.ts';
import type { Report } from './config-problem.ts';
import type { ConfigFile } from './schema.ts';
import type { Draft } from './schema-issues.ts';

type ComponentEntry = Draft<ConfigFile['components'][string]>;

/** Reports every such problem of a component. */
export function checkPod(name: string, entry: ComponentEntry, at: Path, report: Report): void {
  checkResources(entry, [...at, 'resources'], report);
  checkAutoscale(entry, at, report);
  checkPace(entry, at, report);
  checkBudget(entry, [...at, 'disruptionBudget'], report);
  checkSecurity(entry, [...at, 'securityContext'], report);
  checkLabels(entry.nodeSelector ?? {}, [...at, 'nodeSelector'], report);
  for (const [index, { key, operator, value } = {}] of (entry.tolerations ?? []).entries()) {
    if (operator === 'Exists' && value !== undefined)
      report([...at, 'tolerations', index, 'value'], 'has no meaning with the operator Exists');
    if (key === undefined && operator !== 'Exists')
      report([...at, 'tolerations', index], 'must have a key, or the operator Exists');
  }
  checkReferences(entry, [...at, 'env'], report);
  checkPodTemplate(name, entry, [...at, 'podTemplate'], report);
}

function checkResources({ resources = {} }: ComponentEntry, at: Path, report: Report): void {
  const { requests = {}, limits = {} } = resources;
  for (const [which, amounts] of Object.entries({ requests, limits })) {
    for (const [name, amount] of Object.entries(amounts)) {
      const problem = amount === undefined ? undefined : amountProblem(name, String(amount));
      if (problem !== undefined) report([...at, which, name], problem);
    }
  }
  for (const [name, request] of Object.entries(requests)) {
    const [asked, most] = [request, limits[name]].map((each) =>
      each === undefined ? undefined : parseQuantity(String(each)),
    );
    if (asked !== undefined && most !== undefined && asked > most)
      report([...at, 'requests', name], `must not be more than the limit, ${limits[name]}`);
  }
}

function amountProblem(name: string, amount: string): string | undefined {
  const value = parseQuantity(amount);
  if (value === undefined) return `must be an amount, such as 250m, 2 or 128Mi, not "${amount}"`;
  if (name === 'cpu') return value === 0 || value >= 0.001 ? undefined : 'must be at least 1m';
  // A well-known slip: m is a thousandth.
  if (amount.endsWith('m'))
    return `is ${amount}, thousandths of a byte; did you mean ${amount.slice(0, -1)}Mi?`;
  return undefined;
}

function checkAutoscale(entry: ComponentEntry, at: Path, report: Report): void {
  const { autoscale, replicas, resources } = entry;
  if (autoscale === undefined) return;
  const { min = 1, max = Infinity } = autoscale;
  if (min > max) report([...at, 'autoscale', 'max'], `must not be less than min, ${min}`);
  else if (replicas !== undefined && (replicas < min || replicas > max))
    report([...at, 'replicas'], `must be between min and max of autoscale, ${min} and ${max}`);
  // Kubernetes takes the limit for a request that isn't there.
  if (resources?.requests?.['cpu'] === undefined && resources?.limits?.['cpu'] === undefined) {
    report([...at, 'autoscale'], 'needs resources.requests.cpu: load is counted as a share of it');
  }
}

function checkPace({ maxSurge, maxUnavailable }: ComponentEntry, at: Path, report: Report): void {
  if (isNothing(maxSurge) && isNothing(maxUnavailable))
    report([...at, 'maxUnavailable'], 'and maxSurge must not both be 0: no pod could ever be replaced');
}

function isNothing(pods: unknown): boolean {
  return pods === 0 || pods === '0%';
}

function checkBudget({ disruptionBudget }: ComponentEntry, at: Path, report: Report): void {
  if (disruptionBudget === undefined) return;
  const { minAvailable, maxUnavailable } = disruptionBudget;
  const [least, most] = [minAvailable !== undefined, maxUnavailable !== undefined];
  if (least !== most) return;
  report(at, `must have ${least ? 'only one' : 'one'} of the keys minAvailable and maxUnavailable`);
}

function checkSecurity({ securityContext = {} }: ComponentEntry, at: Path, report: Report): void {
  if (securityContext.runAsNonRoot === true && securityContext.runAsUser === 0)
    report([...at, 'runAsUser'], 'is root, which runAsNonRoot excludes');
}

function checkReferences({ env = {} }: ComponentEntry, at: Path, report: Report): void {
  for (const [name, entry] of Object.entries(env)) {
    if (entry?.from === undefined) continue;
    const others = (['type', 'default', 'required', 'bind'] as const).filter(
      (key) => entry[key] !== undefined,
    );
    if (others.length > 0)
      report([...at, name], `must not have ${others.join(', ')} beside from: its value stands elsewhere`);
  }
}
