// A Kubernetes cluster and a registry that tests may use, and an image with Node in it; without them nothing is told there.
export const kubeconfig = process.env['FOX_TEST_KUBECONFIG'] ?? '';
export const registry = process.env['FOX_TEST_REGISTRY'] ?? '';
export const base = process.env['FOX_TEST_IMAGE'] ?? `${registry}/base/node:20`;

/** Whether they are there. Where not, it is told what is skipped. */
export function hasTestCluster(what: string): boolean {
  if (kubeconfig !== '' && registry !== '') return true;
  process.stderr.write(`FOX_TEST_KUBECONFIG and FOX_TEST_REGISTRY are not set: ${what} is skipped\n`);
  return false;
}
