// What images of an app are called in a registry: the place's prefix, the app, the component, and the source hash as tag.
import { FoxError } from '../../core/errors.ts';
import { dockerHub, formatReference, parseReference } from '../../core/version/image-reference.ts';
import { shortHash } from '../../core/labels.ts';
import { digestName, type ImageReference, type ImageStore } from '../image-store.ts';

/** How one place names its images. */
export interface RegistryNames {
  /** `host[:port]`, as in references. */
  readonly host: string;
  repository(reference: Pick<ImageReference, 'app' | 'component'>): string;
  tag(reference: Pick<ImageReference, 'sourceHash'>): string;
  /** See {@link ImageStore.runName}. */
  readonly runName: ImageStore['runName'];
}

/**
 * Names below a prefix such as `localhost:5000/order`: `order/<app>/<component>` there, on Docker Hub, which knows no
 * deeper paths, `<user>/<app>-<component>`.
 * @throws FoxError CONFIG_INVALID if nothing can be pushed below that prefix.
 */
export function registryNames(prefix: string): RegistryNames {
  const { host, path } = readPrefix(prefix);
  const repository = ({ app, component }: Pick<ImageReference, 'app' | 'component'>) => {
    if (host === dockerHub) return `${path}/${app}-${component}`;
    return path === '' ? `${app}/${component}` : `${path}/${app}/${component}`;
  };
  return {
    host,
    repository,
    tag: ({ sourceHash }) => shortHash(sourceHash),
    runName: (reference, image) =>
      digestName(formatReference({ host, repository: repository(reference) }), image),
  };
}

function readPrefix(prefix: string): { host: string; path: string } {
  const trimmed = prefix.replace(/\/+$/, '');
  const [first = ''] = trimmed.split('/');
  if (!/[.:]/.test(first) && first.toLowerCase() !== 'localhost') {
    throw invalid(prefix, `it must begin with a host, such as ghcr.io/acme, or ${dockerHub}/${first}`);
  }
  // Any name serves to see whether what stands before it is right.
  const sample = `${trimmed}/fox-name`;
  const { host, repository } = readSample(sample, prefix);
  const parts = repository.split('/').slice(0, -1);
  if (host === dockerHub && (parts.length !== 1 || !trimmed.includes('/'))) {
    throw invalid(prefix, `Docker Hub wants exactly a user or an organization: ${dockerHub}/acme`);
  }
  return { host, path: parts.join('/') };
}

function readSample(sample: string, prefix: string): ReturnType<typeof parseReference> {
  try {
    return parseReference(sample);
  } catch (error) {
    const why = error instanceof FoxError ? error.message.replace(/^.*?reference: /, '') : String(error);
    throw invalid(prefix, why);
  }
}

function invalid(prefix: string, why: string): FoxError {
  return new FoxError('CONFIG_INVALID', `"${prefix}" can't be the registry to push to: ${why}`, {
    hints: ['Write it as in registry: localhost:5000/order, without a scheme and without a tag.'],
  });
}
