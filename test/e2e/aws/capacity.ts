/** What a capacity rule speaks of; what is left out matches everything. */
interface CapacityMatch {
  /** The NodePool that asks: a stand-in for the capacity pools only it draws on. */
  readonly pool?: string;
  readonly instanceType?: string;
  readonly zone?: string;
  readonly capacityType?: 'spot' | 'on-demand';
}

export interface CapacityRequest {
  readonly pool: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly capacityType: 'spot' | 'on-demand';
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

interface Rule {
  readonly match: CapacityMatch;
  /** Instances that may still be launched before it refuses. */
  left: number;
  readonly refusal: (request: CapacityRequest) => Refusal;
}

/** The capacity that EC2 has to give: all that is asked for, less what the rules take away. */
export interface Capacity {
  /** No capacity, from now or after some more launches, until it is ended. */
  shortage(match: CapacityMatch, options?: { readonly after?: number; readonly code?: ShortageCode }): () => void;
  /** The quota of vCPUs, or of spot instances, is used up, until it is ended. */
  quota(match: CapacityMatch): () => void;
  /** Ends all rules. */
  clear(): void;
  refusalOf(request: CapacityRequest): Refusal | undefined;
  launched(request: CapacityRequest): void;
  /** Requests that were refused, oldest first. */
  readonly refused: readonly (CapacityRequest & { readonly code: string; readonly atSeconds: number })[];
}

/** The codes under which EC2 says that it has no capacity. */
type ShortageCode = 'InsufficientInstanceCapacity' | 'UnfulfillableCapacity';

export const createCapacity = (): Capacity => {
  const rules = new Set<Rule>();
  const refused: (CapacityRequest & { readonly code: string; readonly atSeconds: number })[] = [];
  const add = (rule: Rule): (() => void) => {
    rules.add(rule);
    return () => rules.delete(rule);
  };
  return {
    shortage: (match, { after = 0, code = 'InsufficientInstanceCapacity' } = {}) =>
      add({ match, left: after, refusal: (request) => ({ code, message: shortageMessage(code, request) }) }),
    quota: (match) => add({ match, left: 0, refusal: quotaRefusal }),
    clear: () => rules.clear(),
    refusalOf: (request) => {
      for (const rule of rules) {
        if (rule.left > 0 || !matches(rule.match, request)) continue;
        const refusal = rule.refusal(request);
        refused.push({ ...request, code: refusal.code, atSeconds: Date.now() / 1000 });
        return refusal;
      }
      return undefined;
    },
    launched: (request) => {
      for (const rule of rules) if (matches(rule.match, request)) rule.left = Math.max(0, rule.left - 1);
    },
    refused,
  };
};

const matches = (match: CapacityMatch, request: CapacityRequest): boolean =>
  (match.pool ?? request.pool) === request.pool &&
  (match.instanceType ?? request.instanceType) === request.instanceType &&
  (match.zone ?? request.zone) === request.zone &&
  (match.capacityType ?? request.capacityType) === request.capacityType;

/** EC2's words, as users report them (aws/karpenter-provider-aws issues 4346, 5789): on-demand refusals name the zone, spot ones do not. */
const shortageMessage = (code: ShortageCode, { instanceType, zone, capacityType }: CapacityRequest): string => {
  if (code === 'UnfulfillableCapacity') {
    return 'Unable to fulfill capacity due to your request configuration. Please adjust your request and try again.';
  }
  if (capacityType === 'spot') return 'There is no Spot capacity available that matches your request.';
  const region = zone.slice(0, -1);
  const others = ['a', 'b', 'c'].map((letter) => `${region}${letter}`).filter((other) => other !== zone);
  return (
    `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested (${zone}). ` +
    'Our system will be working on provisioning additional capacity. ' +
    `You can currently get ${instanceType} capacity by not specifying an Availability Zone in your request or choosing ${others.join(', ')}.`
  );
};

const quotaRefusal = ({ capacityType }: CapacityRequest): Refusal =>
  capacityType === 'spot'
    ? { code: 'MaxSpotInstanceCountExceeded', message: 'Max spot instance count exceeded' }
    : {
        code: 'VcpuLimitExceeded',
        message:
          'You have requested more vCPU capacity than your current vCPU limit of 64 allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.',
      };
