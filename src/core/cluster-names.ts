// What may name a namespace of Kubernetes, and a registry that images are kept in.

/** A DNS label. */
export const namespacePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A host, maybe with a port, and a path: what the names of images begin with. */
export const registryPrefixPattern = /^[a-z0-9.-]+(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/i;

export function isNamespace(name: string): boolean {
  return namespacePattern.test(name);
}

export function isRegistryPrefix(prefix: string): boolean {
  return registryPrefixPattern.test(prefix);
}
