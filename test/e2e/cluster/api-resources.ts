import type { ApiResource } from '../../../lambda/control-loop/ports';

/** Resources that tests touch beyond those of the loop. */
export const nodeResource: ApiResource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node' };
export const nodeClassResource: ApiResource = { group: 'karpenter.k8s.aws', version: 'v1', plural: 'ec2nodeclasses', kind: 'EC2NodeClass' };
