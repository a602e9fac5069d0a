import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { create } from '../cluster/definitions';
import type { TestCluster } from '../cluster/test-bed';
import { createResolver, type Resolve } from './resolve';
import { addRouter, type Router } from './router';
import { addTargetGroupBindingDefinition } from './target-group-binding';
import { chatTemplate, prerequisitesIn, resourcesOf, type TemplateResources } from './template';

interface ScalerPatch {
  readonly resource: string;
  readonly namespace: string;
  readonly operations: unknown;
}

/** What the constructs apply to a cluster, with the ids of the test bed's account in the place of references. */
export interface Synthesized {
  readonly resources: TemplateResources;
  readonly resolve: Resolve;
  readonly router: Router;
  /** In an order in which each comes after what it needs. */
  readonly objects: readonly KubernetesObject[];
  readonly patches: readonly ScalerPatch[];
  /** Kinds that are not among the objects, because this cluster would refuse what the test bed's account has. */
  readonly leftOut: readonly string[];
  /** The objects of one resource of the template; none where it is no manifest. */
  objectsOf(logicalId: string): readonly KubernetesObject[];
  /** Logical ids of all that must outlive a resource. */
  prerequisitesOf(logicalId: string): readonly string[];
}

/** Names of the pools that the constructs of `chatTemplate` make. */
export const CONSTRUCT_POOLS: readonly string[] = ['a10g-spot', 'a10g-on-demand', 'inferentia2-spot', 'inferentia2-on-demand'];

const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';
const PATCH = 'Custom::AWSCDK-EKS-KubernetesPatch';

/** The fleet `chat` of `chatTemplate`, behind a router of the test bed's account. */
export const synthesize = async (bed: TestCluster): Promise<Synthesized> => {
  // The controller that comes with another definition asks AWS for each target group, and the real one has none of ours.
  const leftOut = (await addTargetGroupBindingDefinition(bed)) ? [] : ['TargetGroupBinding'];
  const template = await chatTemplate();
  const resources = resourcesOf(template);
  const prerequisitesOf = await prerequisitesIn(template);
  const router = await addRouter(bed, 'chat', { inf2: 500, g5: 499 });
  const resolve = createResolver(resources, bed, router);
  const idsOf = (type: string): readonly string[] =>
    Object.keys(resources)
      .filter((id) => resources[id]?.Type === type)
      .map((id) => ({ id, before: prerequisitesOf(id).length }))
      // What comes before has fewer prerequisites, for it has none that its successor lacks.
      .sort((a, b) => a.before - b.before)
      .map(({ id }) => id);
  const objectsOf = (id: string): readonly KubernetesObject[] =>
    resources[id]?.Type === MANIFEST ? (JSON.parse(String(resolve(resources[id].Properties.Manifest))) as KubernetesObject[]) : [];
  return {
    resources,
    resolve,
    router,
    objects: idsOf(MANIFEST)
      .flatMap(objectsOf)
      .filter(({ kind = '' }) => !leftOut.includes(kind))
      .map((object) => (object.kind === 'EC2NodeClass' && bed.nodeClass ? { ...object, spec: bed.nodeClass } : object)),
    patches: idsOf(PATCH).map((id) => {
      const { ResourceName, ResourceNamespace, ApplyPatchJson } = resources[id]?.Properties ?? {};
      return { resource: ResourceName, namespace: ResourceNamespace, operations: JSON.parse(String(resolve(ApplyPatchJson))) };
    }),
    leftOut,
    objectsOf,
    prerequisitesOf,
  };
};

/** Objects of some kinds. */
export const ofKind = ({ objects }: Synthesized, ...kinds: readonly string[]): readonly KubernetesObject[] =>
  objects.filter(({ kind }) => kinds.includes(kind ?? ''));

/** Applies all of it as CDK's kubectl provider does for a new stack: `create` for manifests, `patch` for patches. */
export const deploy = async (bed: TestCluster, { objects, patches }: Synthesized): Promise<void> => {
  for (const object of objects) await create(bed.kubectl, object);
  for (const { resource, namespace, operations } of patches) {
    await bed.kubectl(['patch', resource, '--namespace', namespace, '--type=json', '--patch', JSON.stringify(operations)]);
  }
};
