import { Names, Token } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { IConstruct } from 'constructs';
import { complain, literal, nonEmpty } from '../private/validation';
import { EndpointVisibility } from './endpoint-visibility';
import type { KarpenterVersion } from './karpenter-version';
import { NEWEST_KUBECTL_MINOR } from './kubernetes/kubectl-layer';

export function supportedMinor(scope: IConstruct, { version }: eks.KubernetesVersion, karpenter: KarpenterVersion): number {
  const minor = Number(/^1\.(\d+)$/.exec(literal(scope, 'version', version))?.[1]);
  const newest = Math.min(karpenter.newestKubernetesMinor, NEWEST_KUBECTL_MINOR);
  if (!(minor >= 33 && minor <= newest)) {
    complain(scope, {
      wrong: '`version` of Kubernetes is not supported',
      given: version,
      expected: `1.33 to 1.${newest}, the newest of Karpenter ${karpenter.version} and of the kubectl layers`,
      fix: `Use for example KubernetesVersion.V1_${newest}.`,
    });
  }
  return minor;
}

export function clusterNameOf(scope: IConstruct, name: string | undefined): string {
  if (name === undefined) return Names.uniqueResourceName(scope, { maxLength: 100, separator: '-' });
  literal(scope, 'clusterName', name);
  if (!/^[0-9A-Za-z][-0-9A-Za-z_]{0,99}$/.test(name)) {
    complain(scope, {
      wrong: '`clusterName` is not a name of an EKS cluster',
      given: name,
      expected: 'letters, digits, hyphens and underscores, at most 100, with a letter or digit first',
      fix: 'Choose another name, or leave it out.',
    });
  }
  return name;
}

export function endpointAccess(
  scope: IConstruct,
  visibility: EndpointVisibility,
  cidrs: readonly string[] | undefined,
): eks.EndpointAccess {
  nonEmpty(scope, 'publicAccessCidrs', cidrs);
  if (visibility === EndpointVisibility.PRIVATE) {
    if (cidrs) {
      complain(scope, {
        wrong: '`publicAccessCidrs` open nothing on a private endpoint',
        given: cidrs,
        expected: 'no `publicAccessCidrs`',
        fix: 'Remove them, or set `endpointVisibility: EndpointVisibility.PUBLIC`.',
      });
    }
    return eks.EndpointAccess.PRIVATE;
  }
  for (const cidr of cidrs ?? []) {
    if (!Token.isUnresolved(cidr) && !/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/.test(cidr)) {
      complain(scope, {
        wrong: '`publicAccessCidrs` has what is no address range',
        given: cidr,
        expected: 'a range such as 203.0.113.0/24',
        fix: 'Write an IPv4 range with its prefix length.',
      });
    }
  }
  return cidrs ? eks.EndpointAccess.PUBLIC_AND_PRIVATE.onlyFrom(...cidrs) : eks.EndpointAccess.PUBLIC_AND_PRIVATE;
}
