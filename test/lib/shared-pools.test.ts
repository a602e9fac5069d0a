import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import {
  Accelerator,
  type AcceleratorInstanceType,
  AcceleratorPool,
  type AdaptiveInferenceUnit,
  CapacityType,
  DeploymentUnit,
  InferenceFleet,
  Scaler,
} from '../../lib';
import { kubernetesObjects } from '../../lib/assertions';
import { built, complaint, newCluster, newStack } from './support/fixture';
import { newFleet, TWO_UNITS, unitOf } from './support/fleet';

type Spec = {
  readonly units: readonly { readonly name: string; readonly pools: readonly string[]; readonly instanceTypes?: readonly string[] }[];
  readonly pools: readonly { readonly name: string; readonly instanceTypes: readonly { readonly name: string }[] }[];
};

const ofKind = (template: Template, kind: string) =>
  Object.fromEntries(kubernetesObjects(template, kind).map(({ body }) => [(body.metadata as { name: string }).name, body]));

const inf2 = (changes: Partial<AdaptiveInferenceUnit>): AdaptiveInferenceUnit => ({ ...TWO_UNITS[0]!, ...changes });

describe('fleets that ask for pods of 1 and of 4 devices on one accelerator', () => {
  const small = [unitOf({ name: 'small' })];
  const large = [unitOf({ name: 'large', devicesPerPod: 4 })];
  const inOrder = (...fleets: readonly (readonly [string, AdaptiveInferenceUnit[]])[]) =>
    built((stack) => {
      const cluster = newCluster(stack);
      for (const [id, units] of fleets) newFleet(stack, { cluster, units }, id);
    }).template;
  const smallFirst = inOrder(['Small', small], ['Large', large]);
  const largeFirst = inOrder(['Large', large], ['Small', small]);

  it('get the same pools and the same specs, whichever is written first', () => {
    for (const kind of ['NodePool', 'EC2NodeClass', 'InferenceFleet', 'Deployment']) {
      expect(ofKind(largeFirst, kind)).toEqual(ofKind(smallFirst, kind));
    }
  });

  it('share pools that have instances for both', () => {
    const types = (
      ofKind(smallFirst, 'NodePool')['a10g-spot']!.spec as { template: { spec: { requirements: { key: string; values: string[] }[] } } }
    ).template.spec.requirements.find(({ key }) => key === 'node.kubernetes.io/instance-type')?.values;
    expect(types).toEqual(expect.arrayContaining(['g5.xlarge', 'g5.12xlarge', 'g5.48xlarge']));
    const fleets = ofKind(smallFirst, 'InferenceFleet');
    for (const name of ['small', 'large']) expect((fleets[name]!.spec as Spec).units[0]?.pools).toEqual(['a10g-on-demand', 'a10g-spot']);
  });
});

describe('the instance types that count for the price of a unit', () => {
  const typesOf = (unit: AdaptiveInferenceUnit): readonly string[] | undefined => {
    const { template } = built((stack) => newFleet(stack, { units: [unit] }));
    return (ofKind(template, 'InferenceFleet').chat!.spec as Spec).units[0]?.instanceTypes;
  };
  const container = { image: 'example.com/server:1.0.0' };

  it('are not listed where every one with its devices holds the pod', () => {
    expect(typesOf(unitOf())).toBeUndefined();
    expect(typesOf(inf2({ container: { ...container, memory: '13Gi' } }))).toBeUndefined();
  });

  // inf2.xlarge has 16 GiB, of which 14,162 MiB are left to pods.
  it.each([
    ['20Gi', ['inf2.24xlarge', 'inf2.48xlarge', 'inf2.8xlarge']],
    ['14162Mi', undefined],
    ['14163Mi', ['inf2.24xlarge', 'inf2.48xlarge', 'inf2.8xlarge']],
    ['200Gi', ['inf2.24xlarge', 'inf2.48xlarge']],
    ['15G', ['inf2.24xlarge', 'inf2.48xlarge', 'inf2.8xlarge']],
  ])('of Inferentia2 are those that have memory for %s', (memory, types) => {
    expect(typesOf(inf2({ container: { ...container, memory } }))).toEqual(types);
  });

  // g5.xlarge has 4 vCPU, of which the kubelet keeps 80m, and the pods of EKS ask for 150m.
  it.each([
    ['3770m', undefined],
    ['3.771', 7],
    ['16', 5],
  ])('of A10G are those that have CPU for %s', (cpu, left) => {
    const types = typesOf(unitOf({ container: { ...container, cpu } }));
    expect(types?.length).toBe(left);
    if (types) expect(types).not.toContain('g5.xlarge');
  });

  it('are unknown for an accelerator whose instances say nothing of CPU and memory: every one counts', () => {
    const own = Accelerator.of('B200', {
      deviceResource: 'nvidia.com/gpu',
      instanceTypes: [{ name: 'p6-b200.48xlarge', devices: 8, priceUsdPerHour: 113.9328 }],
    });
    expect(typesOf(unitOf({ accelerator: own, container: { ...container, memory: '900Gi' } }))).toBeUndefined();
  });
});

describe('a pod that no node could hold', () => {
  it.each<[string, Partial<AdaptiveInferenceUnit>, RegExp]>([
    [
      'of CPU',
      { container: { image: 'a:1', cpu: '999999' } },
      /no instance type of pool a10g-spot holds a pod.*given '1 devices, 999999 CPU, 8Gi', expected no more than one of these has: g5\.xlarge: 1 devices, 3770m of CPU, 14162Mi; /,
    ],
    ['of memory', { container: { image: 'a:1', memory: '4Ti' } }, /given '1 devices, 2 CPU, 4Ti'.*\[PodTooLarge\]/],
  ])('because %s is refused', (_, changes, words) => {
    expect(complaint(() => newFleet(newStack(), { units: [unitOf(changes)] }))).toMatch(words);
  });

  it('because its pool may not grow to one instance is refused', () => {
    expect(
      complaint(() => {
        const stack = newStack();
        const cluster = newCluster(stack);
        const pool = new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G, maximumDevices: 2 });
        newFleet(stack, { cluster, pools: [pool], units: [unitOf({ devicesPerPod: 4 })] });
      }),
    ).toMatch(/`maximumDevices` of pool a10g-spot is below.*given 2, expected 4 or more/);
  });
});

describe('two descriptions of one accelerator on a cluster', () => {
  const described = (change: (type: AcceleratorInstanceType) => AcceleratorInstanceType, deviceResource = 'nvidia.com/gpu') =>
    Accelerator.of('A10G', { deviceResource, instanceTypes: Accelerator.A10G.instanceTypes.map(change) });

  it.each<[string, Accelerator, RegExp]>([
    [
      'another price',
      described((type) => (type.name === 'g5.xlarge' ? { ...type, priceUsdPerHour: 0.9 } : type)),
      /accelerator A10G is described otherwise than by Test\/.*given 'g5\.xlarge priceUsdPerHour 0\.9', expected 'g5\.xlarge priceUsdPerHour 1\.006', as there/,
    ],
    ['another resource', described((type) => type, 'example.com/gpu'), /given 'example\.com\/gpu', expected 'nvidia\.com\/gpu', as there/],
    [
      'fewer instance types',
      Accelerator.of('A10G', { deviceResource: 'nvidia.com/gpu', instanceTypes: Accelerator.A10G.instanceTypes.slice(0, 1) }),
      /given 'g5\.xlarge', expected 'g5\.xlarge, g5\.2xlarge, /,
    ],
  ])('are refused: %s', (_, other, words) => {
    const stack = newStack();
    const cluster = newCluster(stack);
    newFleet(stack, { cluster, units: [unitOf()] });
    expect(complaint(() => newFleet(stack, { cluster, units: [unitOf({ accelerator: other })] }, 'Search'))).toMatch(words);
  });

  it('are fine where they say the same, and on two clusters', () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    newFleet(stack, { cluster, units: [unitOf()] });
    newFleet(stack, { cluster, units: [unitOf({ accelerator: described((type) => type) })] }, 'Search');
    const cheaper = described((type) => ({ ...type, priceUsdPerHour: 0.5 }));
    newFleet(stack, { cluster: newCluster(stack, {}, 'Other'), units: [unitOf({ accelerator: cheaper })] }, 'Elsewhere');
  });

  it('are refused of an imported unit as well', () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const pool = new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G, capacityType: CapacityType.SPOT });
    const unit = DeploymentUnit.fromDeploymentUnitAttributes(stack, 'Unit', {
      unitName: 'g5',
      fleetName: 'chat',
      accelerator: described((type) => ({ ...type, devices: 2 })),
      pools: [pool],
      profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
      deploymentName: 'chat-g5',
      scaler: Scaler.HORIZONTAL_POD_AUTOSCALER,
      scalerName: 'chat-g5',
    });
    const fleet = () =>
      new InferenceFleet(Stack.of(cluster), 'Fleet', { cluster, units: [unit], objective: { latency: Duration.seconds(2) } });
    expect(complaint(fleet)).toMatch(/given 'g5\.xlarge devices 2', expected 'g5\.xlarge devices 1', as there/);
  });
});

describe('the instance types of an imported unit', () => {
  const imported = (instanceTypes: string[]) => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const pool = new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G });
    const unit = DeploymentUnit.fromDeploymentUnitAttributes(stack, 'Unit', {
      unitName: 'g5',
      fleetName: 'chat',
      accelerator: Accelerator.A10G,
      pools: [pool],
      instanceTypes,
      profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
      deploymentName: 'chat-g5',
      scaler: Scaler.HORIZONTAL_POD_AUTOSCALER,
      scalerName: 'chat-g5',
    });
    new InferenceFleet(stack, 'Fleet', { cluster, units: [unit], objective: { latency: Duration.seconds(2) } });
    return Template.fromStack(stack);
  };

  it('are those that are stated', () => {
    const [fleet] = kubernetesObjects(imported(['g5.2xlarge']), 'InferenceFleet');
    expect((fleet!.body.spec as Spec).units[0]?.instanceTypes).toEqual(['g5.2xlarge']);
  });

  it('must be of each of its pools', () => {
    expect(complaint(() => imported(['g6.xlarge']))).toMatch(/pool a10g-spot has none of `instanceTypes`.*\[InstanceTypesOfNoPool\]/);
  });
});
