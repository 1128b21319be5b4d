// The Secret by which pods pull images: made and changed by fox, never taken over from somebody else.
import type { V1Secret } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';

const type = 'kubernetes.io/dockerconfigjson';
const key = '.dockerconfigjson';

/**
 * Has the namespace's pull Secret hold this JSON.
 * @param json content of a Docker auth file; never shown. @returns whether something was written.
 * @throws FoxError CONFLICT if the Secret is somebody else's.
 */
export async function putPullSecret(client: ApiClient, json: string): Promise<boolean> {
  const data = { [key]: Buffer.from(json).toString('base64') };
  for (;;) {
    const existing = await client.get<V1Secret>('secrets', objectName.pullSecret);
    if (existing !== undefined && !isOurs(existing)) throw taken();
    if (existing?.data?.[key] === data[key]) return false;
    try {
      if (existing === undefined) await client.create('secrets', secretObject(data));
      else {
        const { resourceVersion } = existing.metadata ?? {};
        await client.patch('secrets', objectName.pullSecret, { metadata: { resourceVersion }, data });
      }
      return true;
    } catch (error) {
      // Somebody else wrote it meanwhile: look again.
      if (!isStatus(error, 409)) throw error;
    }
  }
}

function isOurs({ metadata, type: existingType }: V1Secret): boolean {
  return metadata?.labels?.[label.managedBy] === managedBy && existingType === type;
}

function secretObject(data: Record<string, string>): V1Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: objectName.pullSecret, labels: { [label.managedBy]: managedBy } },
    type,
    data,
  };
}

function taken(): FoxError {
  return new FoxError(
    'CONFLICT',
    `Secret ${objectName.pullSecret} exists and wasn't made by fox; it was left alone`,
    {
      hints: [
        'Remove or rename it; or leave `pullSecret` out of the registry in the config, and give pods credentials by their ServiceAccount.',
      ],
    },
  );
}
