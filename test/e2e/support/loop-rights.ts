import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { create } from '../cluster/definitions';
import type { TestCluster } from '../cluster/test-bed';
import { chatTemplate, resourcesOf } from './template';

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

/** The Kubernetes groups that the access entry of the loop's role names. */
export const loopGroups = async (): Promise<readonly string[]> => {
  const entries = Object.entries(resourcesOf(await chatTemplate())).filter(
    ([id, { Type }]) => Type === 'AWS::EKS::AccessEntry' && /^Loop/.test(id),
  );
  if (entries.length !== 1) throw new Error(`the template has ${entries.length} access entries of the loop, expected one`);
  return entries[0]?.[1].Properties.KubernetesGroups as string[];
};

/**
 * Roles, bindings and the admission policy as the constructs render them: with no right beyond, which a role of the tests' own might have.
 */
const loopRights = async (): Promise<readonly KubernetesObject[]> =>
  Object.values(resourcesOf(await chatTemplate()))
    .map(({ Properties }) => Properties?.Manifest as unknown)
    .filter((manifest) => typeof manifest === 'string')
    .flatMap((manifest) => JSON.parse(manifest) as KubernetesObject[])
    .filter(({ apiVersion }) => [RBAC, ADMISSION].some((group) => apiVersion?.startsWith(`${group}/`)));

/** Gives the loop its rights. */
export const grantLoopRights = async (bed: TestCluster): Promise<void> => {
  await create(bed.kubectl, await loopRights());
};
