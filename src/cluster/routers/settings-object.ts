// The routers' settings as a ConfigMap: written from a config, watched by the routers, in force at once.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import { readSettings, type RouterSettings, settingsText } from '../../core/routing/router-settings.ts';

/** Key of the text in the ConfigMap. */
const key = 'settings';

/** The ConfigMap of settings. */
export function settingsObject(settings: RouterSettings): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectName.router,
      labels: { [label.managedBy]: managedBy, [label.kind]: kind.routerSettings },
    },
    data: { [key]: settingsText(settings) },
  };
}

/** The settings in a ConfigMap; or why it has none, as a sentence fragment. */
export function settingsIn({ data = {} }: V1ConfigMap): RouterSettings | string {
  return readSettings(data[key]);
}
