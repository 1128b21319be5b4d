// A component's Service: its name leads to the router, which knows where the request belongs.
import type { V1Service, V1ServicePort } from '@kubernetes/client-node';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import type { ExistingService, WantedService } from '../../core/plan/service-plan.ts';

/** Labels of the routers' pods. */
const routerSelector = { [label.name]: objectName.router, [label.managedBy]: managedBy };

/** Name of the routers' port that serves fox's own pods. */
const internalPort = 'internal';

/** The Service of a component, to be applied. */
export function serviceObject({ name, ports }: WantedService): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      labels: {
        [label.managedBy]: managedBy,
        [label.kind]: kind.service,
        [label.name]: name,
        [label.component]: name,
      },
    },
    spec: { selector: { ...routerSelector }, ports: ports.map(servicePort) },
  };
}

function servicePort(port: number): V1ServicePort {
  return { name: portName(port), port, protocol: 'TCP', targetPort: internalPort };
}

function portName(port: number): string {
  return port === 80 ? 'http' : `http-${port}`;
}

/** What a Service of the namespace is to fox. */
export function readService({ metadata = {}, spec = {} }: V1Service): ExistingService {
  const { name = '', labels = {} } = metadata;
  const { ports = [], selector = {} } = spec;
  return {
    name,
    isOurs: labels[label.managedBy] === managedBy && labels[label.kind] === kind.service,
    ports: ports.map(({ port }) => port),
    leadsToRouter:
      Object.keys(selector).length === Object.keys(routerSelector).length &&
      Object.entries(routerSelector).every(([key, value]) => selector[key] === value) &&
      ports.every((each) => each.targetPort === internalPort && each.name === portName(each.port)),
  };
}
