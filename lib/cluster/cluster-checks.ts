import { Names, Token } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { IConstruct } from 'constructs';
import { complain, literal, nonEmpty } from '../private/validation';
import { EndpointVisibility } from './endpoint-visibility';
import type { KarpenterVersion } from './karpenter-version';
import { NEWEST_KUBECTL_MINOR } from './kubernetes/kubectl-layer';

/** The minor version of Kubernetes 1, if Karpenter and kubectl support it. */
export function supportedMinor(scope: IConstruct, { version }: eks.KubernetesVersion, karpenter: KarpenterVersion): number {
  const minor = Number(/^1\.(\d+)$/.exec(literal(scope, 'version', version))?.[1]);
  const newest = Math.min(karpenter.newestKubernetesMinor, NEWEST_KUBECTL_MINOR);
  if (!(minor >= 33 && minor <= newest)) {
    complain(scope, {
      code: 'UnsupportedKubernetesVersion',
      wrong: 'this `version` of Kubernetes is not supported',
      given: version,
      expected: `1.33 to 1.${newest}, which Karpenter ${karpenter.version} and the kubectl layers support`,
      fix: `Use for example KubernetesVersion.V1_${newest}.`,
    });
  }
  return minor;
}

/** The name of the cluster: the given one, or one derived from the path of the construct. */
export function clusterNameOf(scope: IConstruct, name: string | undefined): string {
  if (name === undefined) return Names.uniqueResourceName(scope, { maxLength: 100, separator: '-' });
  literal(scope, 'clusterName', name);
  if (!/^[0-9A-Za-z][-0-9A-Za-z_]{0,99}$/.test(name)) {
    complain(scope, {
      code: 'InvalidClusterName',
      wrong: '`clusterName` is not a valid name of an EKS cluster',
      given: name,
      expected: 'at most 100 letters, digits, hyphens and underscores, with a letter or digit first',
      fix: 'Choose another name, or leave it out.',
    });
  }
  return name;
}

const isRange = (cidr: string): boolean => {
  const [, address = '', length = ''] = /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})$/.exec(cidr) ?? [];
  return address !== '' && Number(length) <= 32 && address.split('.').every((part) => Number(part) <= 255);
};

/** How the Kubernetes API can be reached. */
export function endpointAccess(
  scope: IConstruct,
  visibility: EndpointVisibility,
  cidrs: readonly string[] | undefined,
): eks.EndpointAccess {
  nonEmpty(scope, 'publicAccessCidrs', cidrs);
  if (visibility === EndpointVisibility.PRIVATE) {
    if (cidrs) {
      complain(scope, {
        code: 'UnusedPublicAccessCidrs',
        wrong: '`publicAccessCidrs` have no effect on a private endpoint',
        given: cidrs,
        expected: 'no `publicAccessCidrs`',
        fix: 'Remove them, or set `endpointVisibility: EndpointVisibility.PUBLIC`.',
      });
    }
    return eks.EndpointAccess.PRIVATE;
  }
  for (const cidr of cidrs ?? []) {
    if (!Token.isUnresolved(cidr) && !isRange(cidr)) {
      complain(scope, {
        code: 'InvalidAddressRange',
        wrong: '`publicAccessCidrs` contains an invalid address range',
        given: cidr,
        expected: 'a range such as 203.0.113.0/24',
        fix: 'Write an IPv4 range with its prefix length.',
      });
    }
  }
  return cidrs ? eks.EndpointAccess.PUBLIC_AND_PRIVATE.onlyFrom(...cidrs) : eks.EndpointAccess.PUBLIC_AND_PRIVATE;
}
