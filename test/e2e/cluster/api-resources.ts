import type { ApiResource } from '../../../lambda/control-loop/ports';

/** Resources that tests touch beyond those of the loop. */
export const nodeResource: ApiResource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node' };
export const namespaceResource: ApiResource = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' };
export const serviceResource: ApiResource = { group: '', version: 'v1', plural: 'services', kind: 'Service' };
export const secretResource: ApiResource = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' };
export const nodeClassResource: ApiResource = { group: 'karpenter.k8s.aws', version: 'v1', plural: 'ec2nodeclasses', kind: 'EC2NodeClass' };
export const customResourceDefinitions: ApiResource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
};
export const apiServices: ApiResource = { group: 'apiregistration.k8s.io', version: 'v1', plural: 'apiservices', kind: 'APIService' };
