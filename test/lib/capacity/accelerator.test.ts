import { describe, expect, it } from 'vitest';
import { Accelerator } from '../../../lib';
import { complaint } from '../support/fixture';

/** Of instance types: accelerator, devices, US dollars per hour in us-east-1, as Karpenter 1.14.1 knows them. */
const KNOWN: readonly [accelerator: Accelerator, resource: string, types: Record<string, [number, number | undefined]>][] = [
  [
    Accelerator.A10G,
    'nvidia.com/gpu',
    {
      'g5.xlarge': [1, 1.006],
      'g5.2xlarge': [1, 1.212],
      'g5.4xlarge': [1, 1.624],
      'g5.8xlarge': [1, 2.448],
      'g5.12xlarge': [4, 5.672],
      'g5.16xlarge': [1, 4.096],
      'g5.24xlarge': [4, 8.144],
      'g5.48xlarge': [8, 16.288],
    },
  ],
  [
    Accelerator.L4,
    'nvidia.com/gpu',
    {
      'g6.xlarge': [1, 0.8048],
      'g6.2xlarge': [1, 0.9776],
      'g6.4xlarge': [1, 1.3232],
      'g6.8xlarge': [1, 2.0144],
      'g6.12xlarge': [4, 4.6016],
      'g6.16xlarge': [1, 3.3968],
      'g6.24xlarge': [4, 6.6752],
      'g6.48xlarge': [8, 13.3504],
    },
  ],
  [
    Accelerator.L40S,
    'nvidia.com/gpu',
    {
      'g6e.xlarge': [1, 1.861],
      'g6e.2xlarge': [1, 2.24208],
      'g6e.4xlarge': [1, 3.00424],
      'g6e.8xlarge': [1, 4.52856],
      'g6e.12xlarge': [4, 10.49264],
      'g6e.16xlarge': [1, 7.57719],
      'g6e.24xlarge': [4, 15.06559],
      'g6e.48xlarge': [8, 30.13118],
    },
  ],
  [Accelerator.A100, 'nvidia.com/gpu', { 'p4d.24xlarge': [8, 21.957642], 'p4de.24xlarge': [8, 27.44705] }],
  [Accelerator.H100, 'nvidia.com/gpu', { 'p5.4xlarge': [1, 6.88], 'p5.48xlarge': [8, 55.04] }],
  [Accelerator.H200, 'nvidia.com/gpu', { 'p5e.48xlarge': [8, undefined], 'p5en.48xlarge': [8, 63.296] }],
  [
    Accelerator.INFERENTIA2,
    'aws.amazon.com/neuron',
    { 'inf2.xlarge': [1, 0.7582], 'inf2.8xlarge': [1, 1.96786], 'inf2.24xlarge': [6, 6.49063], 'inf2.48xlarge': [12, 12.98127] },
  ],
  [
    Accelerator.TRAINIUM1,
    'aws.amazon.com/neuron',
    { 'trn1.2xlarge': [1, 1.34375], 'trn1.32xlarge': [16, 21.5], 'trn1n.32xlarge': [16, 24.78] },
  ],
  [Accelerator.TRAINIUM2, 'aws.amazon.com/neuron', { 'trn2.48xlarge': [16, undefined] }],
];

describe('the catalogue of accelerators', () => {
  it.each(KNOWN.map(([accelerator, resource, types]) => ({ name: accelerator.name, accelerator, resource, types })))(
    'knows devices and list prices of $name',
    ({ accelerator, resource, types }) => {
      expect(accelerator.deviceResource).toBe(resource);
      const known = Object.fromEntries(
        accelerator.instanceTypes.map(({ name, devices, priceUsdPerHour }) => [name, [devices, priceUsdPerHour]]),
      );
      expect(known).toEqual(types);
    },
  );

  it('holds every accelerator under its own name', () => {
    const members = Object.entries(Accelerator).filter(([, value]) => value instanceof Accelerator);
    expect(members.map(([key, value]) => [key, (value as Accelerator).name])).toEqual(KNOWN.map(([{ name }]) => [name, name]));
  });

  it('names families in the order of types', () => {
    expect(Accelerator.TRAINIUM1.instanceFamilies).toEqual(['trn1', 'trn1n']);
    expect(Accelerator.A100.instanceFamilies).toEqual(['p4d', 'p4de']);
  });

  it('takes an accelerator that it does not have', () => {
    const b200 = Accelerator.of('B200', {
      deviceResource: 'nvidia.com/gpu',
      instanceTypes: [{ name: 'p6-b200.48xlarge', devices: 8, priceUsdPerHour: 113.9328 }],
      localStorage: true,
    });
    expect(b200.instanceFamilies).toEqual(['p6-b200']);
    expect(b200.nodeSelector).toEqual({ 'adaptive-inference.dev/accelerator': 'B200' });
  });

  const types = [{ name: 'x1.large', devices: 1 }];
  it.each([
    [
      'a name that is no label',
      () => Accelerator.of('my chip', { deviceResource: 'a.b/c', instanceTypes: types }),
      "given 'my chip', expected letters",
    ],
    [
      'a resource without domain',
      () => Accelerator.of('X', { deviceResource: 'gpu', instanceTypes: types }),
      "given 'gpu', expected a domain, a slash and a name",
    ],
    ['no instance types', () => Accelerator.of('X', { deviceResource: 'a.b/c', instanceTypes: [] }), '`instanceTypes` is empty; given []'],
    [
      'a family for a type',
      () => Accelerator.of('X', { deviceResource: 'a.b/c', instanceTypes: [{ name: 'g5', devices: 1 }] }),
      "given 'g5', expected a family, a dot and a size",
    ],
    [
      'a type without devices',
      () => Accelerator.of('X', { deviceResource: 'a.b/c', instanceTypes: [{ name: 'm5.large', devices: 0 }] }),
      'given 0, expected an integer of 1 or more',
    ],
    [
      'half a device',
      () => Accelerator.of('X', { deviceResource: 'a.b/c', instanceTypes: [{ name: 'm5.large', devices: 0.5 }] }),
      'given 0.5, expected an integer of 1 or more',
    ],
    [
      'a price of zero',
      () => Accelerator.of('X', { deviceResource: 'a.b/c', instanceTypes: [{ name: 'm5.large', devices: 1, priceUsdPerHour: 0 }] }),
      'given 0, expected US dollars per hour, above 0',
    ],
  ])('refuses %s', (_, act, message) => {
    expect(complaint(act)).toContain(message);
  });
});
