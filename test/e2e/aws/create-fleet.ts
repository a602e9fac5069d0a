import { randomBytes } from 'node:crypto';
import { type AwsAnswer, type AwsCall, AwsError, answer, type Input } from './call';
import type { Capacity, CapacityRequest } from './capacity';
import type { Market } from './market';
import type { MotoClient } from './moto-client';
import { itemsAt, textAt } from './xml';

interface LaunchTemplate {
  readonly securityGroupIds: readonly string[];
}

/** Launch templates as they were asked for, by name: moto forgets parts of them when it launches. */
export type LaunchTemplates = Map<string, LaunchTemplate>;

export const launchTemplateOf = (input: Input): readonly [name: string, template: LaunchTemplate] => {
  const data = input.LaunchTemplateData ?? {};
  const ofInterfaces = (data.NetworkInterface ?? []).flatMap((one: Input) => one.SecurityGroupId ?? []);
  return [String(input.LaunchTemplateName), { securityGroupIds: [...(data.SecurityGroupId ?? []), ...ofInterfaces] }];
};

interface Override {
  readonly request: CapacityRequest;
  readonly template: string;
  readonly subnetId: string;
  readonly imageId: string;
  readonly priceUsdPerHour: number;
}

interface FleetDependencies {
  readonly moto: MotoClient;
  readonly capacity: Capacity;
  readonly market: Market;
  readonly templates: LaunchTemplates;
}

/**
 * CreateFleet of type `instant`: the cheapest override that has capacity, errors for those that were tried before it.
 * moto keeps the instances.
 */
export const createFleet = async (call: AwsCall, dependencies: FleetDependencies): Promise<AwsAnswer> => {
  const { input } = call;
  const spot = input.TargetCapacitySpecification?.DefaultTargetCapacityType === 'spot';
  const wanted = Number(input.TargetCapacitySpecification?.TotalTargetCapacity ?? 1);
  const overrides = overridesOf(input, spot ? 'spot' : 'on-demand', dependencies);
  const lifecycle = spot ? 'spot' : 'on-demand';
  const errors: Record<string, unknown>[] = [];
  const instances: Record<string, unknown>[] = [];
  let left = wanted;
  for (const override of overrides) {
    while (left > 0) {
      const refusal = dependencies.capacity.refusalOf(override.request);
      if (refusal !== undefined) {
        const place = launchTemplateAndOverrides(override);
        errors.push({ errorCode: refusal.code, errorMessage: refusal.message, launchTemplateAndOverrides: place, lifecycle });
        break;
      }
      const instanceId = await launch(override, input, dependencies);
      dependencies.capacity.launched(override.request);
      left -= 1;
      instances.push({
        instanceIds: [instanceId],
        instanceType: override.request.instanceType,
        launchTemplateAndOverrides: launchTemplateAndOverrides(override),
        lifecycle,
      });
    }
  }
  return answer(call, { fleetId: `fleet-${randomBytes(8).toString('hex')}`, errorSet: errors, fleetInstanceSet: instances });
};

const tagsOf = (input: Input, resource: string): readonly Input[] =>
  (input.TagSpecification ?? []).find((specification: Input) => specification.ResourceType === resource)?.Tag ?? [];

const overridesOf = (input: Input, capacityType: 'spot' | 'on-demand', { market, templates }: FleetDependencies): readonly Override[] => {
  const pool = String(tagsOf(input, 'instance').find((tag) => tag.Key === 'karpenter.sh/nodepool')?.Value ?? '');
  const overrides = (input.LaunchTemplateConfigs ?? []).flatMap((config: Input): Override[] => {
    const template = String(config.LaunchTemplateSpecification?.LaunchTemplateName ?? '');
    if (!templates.has(template)) {
      throw new AwsError(
        'InvalidLaunchTemplateName.NotFoundException',
        `The specified launch template, with template name ${template}, does not exist.`,
      );
    }
    return (config.Overrides ?? []).map((override: Input): Override => {
      const { InstanceType: instanceType, AvailabilityZone: zone } = override;
      const price = capacityType === 'spot' ? market.spotPrice(instanceType, zone) : market.onDemandPrice(instanceType);
      return {
        request: { pool, instanceType, zone, capacityType },
        template,
        subnetId: override.SubnetId,
        imageId: override.ImageId,
        priceUsdPerHour: price ?? Number.POSITIVE_INFINITY,
      };
    });
  });
  return overrides.sort((a: Override, b: Override) => a.priceUsdPerHour - b.priceUsdPerHour);
};

const launch = async (override: Override, input: Input, { moto, templates }: FleetDependencies): Promise<string> => {
  const { request, template, subnetId, imageId } = override;
  const parameters: Record<string, string> = {
    ImageId: imageId,
    InstanceType: request.instanceType,
    MinCount: '1',
    MaxCount: '1',
    SubnetId: subnetId,
    'Placement.AvailabilityZone': request.zone,
    'TagSpecification.1.ResourceType': 'instance',
  };
  templates.get(template)?.securityGroupIds.forEach((id, index) => {
    parameters[`SecurityGroupId.${index + 1}`] = id;
  });
  const tags = [
    ...tagsOf(input, 'instance'),
    // EC2 sets this one itself.
    { Key: 'aws:ec2launchtemplate:version', Value: '1' },
  ];
  tags.forEach((tag, index) => {
    parameters[`TagSpecification.1.Tag.${index + 1}.Key`] = tag.Key;
    parameters[`TagSpecification.1.Tag.${index + 1}.Value`] = tag.Value;
  });
  if (request.capacityType === 'spot') parameters['InstanceMarketOptions.MarketType'] = 'spot';
  const [instance] = itemsAt(await moto('ec2', 'RunInstances', parameters), 'instancesSet');
  const instanceId = textAt(instance, 'instanceId');
  if (instanceId === undefined) throw new Error('moto: RunInstances answered no instance');
  return instanceId;
};

const launchTemplateAndOverrides = ({ request, template, subnetId, imageId }: Override) => ({
  launchTemplateSpecification: { launchTemplateName: template, version: '1' },
  overrides: { instanceType: request.instanceType, availabilityZone: request.zone, subnetId, imageId },
});
