import { compare, type Difference } from '../../../scripts/changes/compare';
import type { Json, Resource, Resources } from '../../../scripts/changes/template';

interface Written {
  readonly type: string;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly dependsOn?: readonly string[];
}

export type Template = Readonly<Record<string, Written>>;

/** A template with the resources by logical id; the paths of their constructs are the ids. */
const resourcesOf = (template: Template): Resources =>
  new Map(
    Object.entries(template).map(([id, { type, properties = {}, dependsOn = [] }]): [string, Resource] => [
      id,
      { id, type, path: id, properties, dependsOn },
    ]),
  );

export const difference = (before: Template, after: Template): Difference => compare(resourcesOf(before), resourcesOf(after));

/** A resource that applies one object. */
export const applied = (kind: string, name: string, spec: Json = {}, more: Omit<Written, 'type'> = {}): Written => {
  const [namespace, ownName] = name.includes('/') ? name.split('/') : [undefined, name];
  const metadata = namespace === undefined ? { name: ownName! } : { name: ownName!, namespace };
  return {
    ...more,
    type: 'Custom::AWSCDK-EKS-KubernetesResource',
    properties: {
      ServiceToken: { 'Fn::GetAtt': ['Kubectl', 'Arn'] },
      Manifest: JSON.stringify([{ kind, metadata, spec }]),
      ...more.properties,
    },
  };
};
