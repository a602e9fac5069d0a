import { type Json, literal, type Resources } from './template';

/** The Kubernetes objects, patches and charts that a template applies. */

/** One object, with what the deployment writes of it. */
export interface KubernetesObject {
  /** Kind, namespace and name: the same text is the same object. */
  readonly name: string;
  readonly kind: string;
  readonly body: Json;
  /** Logical id of the resource that applies it. */
  readonly resource: string;
  /** Whether it is a patch of an object that another resource applies. */
  readonly isPatch: boolean;
}

interface Body {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

type Operations = readonly { readonly path: string; readonly value: Json }[];

/** Names of resources in patches, and the kinds as people know them. */
const PATCHED_KINDS: Readonly<Record<string, string>> = {
  'scaledobjects.keda.sh': 'ScaledObject',
  'horizontalpodautoscalers.autoscaling': 'HorizontalPodAutoscaler',
};

const named = (kind: string, namespace: string | undefined, name: string): string =>
  `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;

/** Everything that a template applies; references to `renewed` resources are other texts than in a template without them. */
export const objectsIn = (resources: Resources, renewed: ReadonlySet<string>): readonly KubernetesObject[] =>
  [...resources.values()].flatMap(({ id, type, properties }): readonly KubernetesObject[] => {
    const text = (name: string): string => String(literal(properties[name] ?? '', renewed));
    if (type === 'Custom::AWSCDK-EKS-KubernetesResource') {
      return (JSON.parse(text('Manifest')) as readonly (Body & { readonly [key: string]: Json })[]).map((body) => {
        const { kind, metadata } = body;
        return { name: named(kind, metadata.namespace, metadata.name), kind, body, resource: id, isPatch: false };
      });
    }
    if (type === 'Custom::AWSCDK-EKS-KubernetesPatch') {
      const [resource = '', name = ''] = text('ResourceName').split('/');
      const kind = PATCHED_KINDS[resource] ?? resource;
      const fields = (JSON.parse(text('ApplyPatchJson')) as Operations).map(({ path, value }) => [
        path.slice(1).replaceAll('/', '.'),
        value,
      ]);
      const body = Object.fromEntries(fields) as Json;
      return [{ name: named(kind, text('ResourceNamespace'), name), kind, body, resource: id, isPatch: true }];
    }
    if (type === 'Custom::AWSCDK-EKS-HelmChart') {
      const values = properties.Values === undefined ? {} : (JSON.parse(text('Values')) as Json);
      const body = { version: text('Version'), chart: text('Chart'), repository: text('Repository'), values };
      return [{ name: named('chart', text('Namespace'), text('Release')), kind: 'chart', body, resource: id, isPatch: false }];
    }
    return [];
  });

/** Types whose changes are shown as those of Kubernetes objects. */
export const KUBECTL_TYPES: ReadonlySet<string> = new Set([
  'Custom::AWSCDK-EKS-KubernetesResource',
  'Custom::AWSCDK-EKS-KubernetesPatch',
  'Custom::AWSCDK-EKS-HelmChart',
]);
