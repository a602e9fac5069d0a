import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { complain, nonEmpty } from '../private/validation';
import type { NodeTaint } from './node-taint';

/** Keys of labels and taints: an optional domain and a name (Kubernetes documentation, "Labels and Selectors"). */
const KEY = /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Labels that Karpenter keeps to itself (karpenter-provider-aws 1.14, CRD of NodePool). */
const isReservedLabel = (key: string): boolean => /^(?:[^/]+\.)?karpenter\.(?:sh|k8s\.aws)\//.test(key) || key === 'kubernetes.io/hostname';

/** Tags that Karpenter keeps to itself (karpenter-provider-aws 1.14, CRD of EC2NodeClass), and those of AWS. */
const isReservedTag = (key: string): boolean =>
  /^aws:/i.test(key) ||
  key.startsWith('kubernetes.io/cluster') ||
  ['eks:eks-cluster-name', 'karpenter.sh/nodepool', 'karpenter.sh/nodeclaim', 'karpenter.k8s.aws/ec2nodeclass'].includes(key);

function checkKey(pool: IConstruct, prop: string, key: string): void {
  if (Token.isUnresolved(key) || KEY.test(key)) return;
  complain(pool, {
    code: 'InvalidLabelKey',
    wrong: `\`${prop}\` contains a key that Kubernetes does not take`,
    given: key,
    expected: 'at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends, after a domain and `/` or without them',
    fix: 'Rename the key.',
  });
}

function checkValue(pool: IConstruct, prop: string, value: string): void {
  if (Token.isUnresolved(value) || VALUE.test(value)) return;
  complain(pool, {
    code: 'InvalidLabelValue',
    wrong: `\`${prop}\` is a value that Kubernetes does not take`,
    given: value,
    expected: 'at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends',
    fix: 'Write another value.',
  });
}

/** Labels that Kubernetes and Karpenter take. */
export function checkLabels(pool: IConstruct, labels: { readonly [key: string]: string } = {}): { readonly [key: string]: string } {
  for (const [key, value] of Object.entries(labels)) {
    checkKey(pool, 'labels', key);
    checkValue(pool, `labels['${key}']`, value);
    if (!isReservedLabel(key)) continue;
    complain(pool, {
      code: 'ReservedLabel',
      wrong: '`labels` contains a key that Karpenter sets itself',
      given: key,
      expected: 'keys outside of `karpenter.sh` and `karpenter.k8s.aws`',
      fix: 'Remove it, or choose a key with a domain of your own.',
    });
  }
  return labels;
}

/** Taints that Kubernetes takes, each once. */
export function checkTaints(pool: IConstruct, taints: readonly NodeTaint[] = []): readonly NodeTaint[] {
  const seen = new Set<string>();
  for (const { key, value, effect } of taints) {
    checkKey(pool, 'taints', key);
    if (value !== undefined) checkValue(pool, `taints['${key}']`, value);
    const id = `${key}:${effect}`;
    if (seen.has(id)) {
      complain(pool, {
        code: 'RepeatedTaint',
        wrong: '`taints` contains a key twice with the same effect',
        given: id,
        expected: 'each pair of key and effect once',
        fix: 'Remove one of them.',
      });
    }
    seen.add(id);
  }
  return taints;
}

/** Tags that EC2 and Karpenter take (EC2 user guide, "Tag restrictions"). */
export function checkTags(pool: IConstruct, tags: { readonly [key: string]: string } = {}): { readonly [key: string]: string } {
  for (const [key, value] of Object.entries(tags)) {
    if (Token.isUnresolved(key)) continue;
    const isText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
    if (key.length < 1 || key.length > 128 || !isText.test(key)) {
      complain(pool, {
        code: 'InvalidTagKey',
        wrong: '`tags` contains a key that EC2 does not take',
        given: key,
        expected: '1 to 128 letters, digits, spaces and `_.:/=+-@`',
        fix: 'Rename the key.',
      });
    }
    if (!Token.isUnresolved(value) && (value.length > 256 || !isText.test(value))) {
      complain(pool, {
        code: 'InvalidTagValue',
        wrong: `\`tags['${key}']\` is a value that EC2 does not take`,
        given: value,
        expected: 'at most 256 letters, digits, spaces and `_.:/=+-@`',
        fix: 'Write another value.',
      });
    }
    if (isReservedTag(key)) {
      complain(pool, {
        code: 'ReservedTag',
        wrong: '`tags` contains a key that AWS or Karpenter sets itself',
        given: key,
        expected: 'a key of your own',
        fix: 'Remove it, or rename it.',
      });
    }
  }
  return tags;
}

/** Zones of the region in which there are subnets to launch in. */
export function checkZones(
  pool: IConstruct,
  zones: readonly string[] | undefined,
  zonesOfSubnets: readonly string[],
): string[] | undefined {
  nonEmpty(pool, 'zones', zones);
  const { region } = Stack.of(pool);
  const areKnown = zonesOfSubnets.length > 0 && !zonesOfSubnets.some((zone) => Token.isUnresolved(zone) || /^dummy/.test(zone));
  for (const zone of zones ?? []) {
    if (Token.isUnresolved(zone)) continue;
    const isOfRegion = Token.isUnresolved(region) ? /^[a-z]{2}(-[a-z]+)+-\d/.test(zone) : zone.startsWith(region) && zone !== region;
    if (!isOfRegion) {
      complain(pool, {
        code: 'ZoneOfOtherRegion',
        wrong: '`zones` contains what is no availability zone of the region',
        given: zone,
        expected: Token.isUnresolved(region) ? 'a name such as us-west-2a' : `a name such as ${region}a`,
        fix: 'Name zones of the region of the stack.',
      });
    }
    if (areKnown && !zonesOfSubnets.includes(zone)) {
      complain(pool, {
        code: 'ZoneWithoutSubnet',
        wrong: '`zones` contains a zone in which the pool has no subnet, so that nothing could be launched there',
        given: zone,
        expected: `one of ${[...new Set(zonesOfSubnets)].sort().join(', ')}`,
        fix: 'Remove the zone, or select a subnet in it with `subnets`.',
      });
    }
  }
  return zones && [...zones];
}
