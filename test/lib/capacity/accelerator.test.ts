import { describe, expect, it } from 'vitest';
import { Accelerator, type AcceleratorInstanceType, DevicePlugin } from '../../../lib';
import { complaint } from '../support/fixture';

const CATALOGUE = Accelerator.all().map((accelerator) => ({ name: accelerator.name, accelerator }));

/** Families whose list price AWS does not publish. */
const UNPRICED_FAMILIES = ['p5e', 'trn2'];

const familyOf = ({ name }: AcceleratorInstanceType): string => name.slice(0, name.indexOf('.'));

describe('the catalogue of accelerators', () => {
  it('holds every accelerator under its own name', () => {
    const members = Object.entries(Accelerator).filter(([, value]) => value instanceof Accelerator);
    expect(members.map(([key]) => key)).toEqual(CATALOGUE.map(({ name }) => name));
  });

  it('has each instance type once', () => {
    const names = CATALOGUE.flatMap(({ accelerator }) => accelerator.instanceTypes.map(({ name }) => name));
    expect(names.length).toBe(new Set(names).size);
  });

  describe.each(CATALOGUE)('$name', ({ accelerator }) => {
    it('could be described by a user as well', () => {
      const { name, deviceResource, instanceTypes, devicePlugin } = accelerator;
      expect(Accelerator.of(name, { deviceResource, instanceTypes })).toEqual(accelerator);
      expect(devicePlugin).not.toBe(DevicePlugin.OTHER);
    });

    it('has the resource of its device plugin', () => {
      const resource = accelerator.devicePlugin === DevicePlugin.NEURON ? 'aws.amazon.com/neuron' : 'nvidia.com/gpu';
      expect(accelerator.deviceResource).toBe(resource);
    });

    it('has instance types with a family, devices and the memory of a device', () => {
      expect(accelerator.instanceFamilies.length).toBeGreaterThan(0);
      for (const type of accelerator.instanceTypes) {
        expect(accelerator.instanceFamilies).toContain(familyOf(type));
        expect(type.devices).toBeGreaterThanOrEqual(1);
        // No accelerator of AWS has less than 16 GB.
        expect(type.deviceMemoryMib).toBeGreaterThan(15_000);
      }
    });

    it('has a price wherever AWS publishes one', () => {
      for (const type of accelerator.instanceTypes) {
        if (UNPRICED_FAMILIES.includes(familyOf(type))) expect(type.priceUsdPerHour).toBeUndefined();
        else expect(type.priceUsdPerHour).toBeGreaterThan(0);
      }
    });

    it('lists the instance types of a family from small to large', () => {
      for (const family of accelerator.instanceFamilies) {
        const sizes = accelerator.instanceTypes.filter((type) => familyOf(type) === family);
        const ascending = sizes.toSorted((a, b) => a.devices - b.devices || (a.priceUsdPerHour ?? 0) - (b.priceUsdPerHour ?? 0));
        expect(sizes).toEqual(ascending);
      }
    });
  });

  it('takes an accelerator that it does not have', () => {
    const b200 = Accelerator.of('B200', {
      deviceResource: 'nvidia.com/gpu',
      instanceTypes: [{ name: 'p6-b200.48xlarge', devices: 8, localStorage: true, priceUsdPerHour: 113.9328 }],
    });
    expect(b200.instanceFamilies).toEqual(['p6-b200']);
    expect(b200.devicePlugin).toBe(DevicePlugin.NVIDIA);
    expect(b200.nodeSelector).toEqual({ 'adaptive-inference.dev/accelerator': 'B200' });
  });

  const types = [{ name: 'x1.large', devices: 1 }];
  it.each([
    [
      'a name that is no label',
      () => Accelerator.of('my chip', { deviceResource: 'a.b/c', instanceTypes: types }),
      "given 'my chip', expected at most 63 letters",
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
      'no memory',
      () => Accelerator.of('X', { deviceResource: 'a.b/c', instanceTypes: [{ name: 'm5.large', devices: 1, deviceMemoryMib: 0 }] }),
      'given 0, expected MiB of one device, above 0',
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
