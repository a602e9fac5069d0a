import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import { limits, unitDefaults } from '../generated/contract';
import { complain, integerBetween, literal, positive, seconds } from '../private/validation';
import type { UnitProfile } from './unit-profile';

export interface UnitNumbers {
  readonly accelerator: Accelerator;
  readonly pools: readonly IAcceleratorPool[];
  readonly profile: UnitProfile;
  readonly devicesPerPod: number | undefined;
  readonly minimumReplicas: number | undefined;
  readonly maximumReplicas: number | undefined;
  readonly costShare: number | undefined;
  /** Least that `minimumReplicas` may be. */
  readonly leastMinimum: number;
}

export interface CheckedNumbers {
  readonly devicesPerPod: number;
  readonly minimumReplicas: number;
  readonly maximumReplicas: number;
}

/** Checks what every unit has, made here or brought along. */
export function checkNumbers(unit: IConstruct, input: UnitNumbers): CheckedNumbers {
  const devicesPerPod = integer(
    unit,
    'devicesPerPod',
    input.devicesPerPod ?? unitDefaults.devicesPerPod,
    limits.devicesPerPod.min,
    limits.devicesPerPod.max,
  );
  const minimumReplicas = integer(
    unit,
    'minimumReplicas',
    input.minimumReplicas ?? unitDefaults.minimumReplicas,
    input.leastMinimum,
    limits.minimumReplicas.max,
  );
  checkPools(unit, input, devicesPerPod);
  const room = roomOf(input.pools, devicesPerPod);
  const maximumReplicas = integer(
    unit,
    'maximumReplicas',
    input.maximumReplicas ?? Math.max(1, minimumReplicas, Math.min(unitDefaults.maximumReplicas, room)),
    limits.maximumReplicas.min,
    limits.maximumReplicas.max,
  );
  if (minimumReplicas > maximumReplicas) {
    complain(unit, {
      wrong: '`minimumReplicas` is above `maximumReplicas`',
      given: minimumReplicas,
      expected: `at most ${maximumReplicas}`,
      fix: 'Lower `minimumReplicas`, or raise `maximumReplicas`.',
    });
  }
  const share = input.costShare === undefined ? undefined : literal(unit, 'costShare', input.costShare);
  if (share !== undefined && !(share >= limits.share.min && share <= limits.share.max)) {
    complain(unit, {
      wrong: '`costShare` is no share',
      given: share,
      expected: 'a number from 0 to 1',
      fix: 'Write 40 % as 0.4, or leave it out.',
    });
  }
  checkProfile(unit, input.profile);
  if (maximumReplicas > room) {
    Annotations.of(unit).addWarningV2(
      'cdk-adaptive-inference:moreReplicasThanDevices',
      `\`maximumReplicas\` is ${maximumReplicas}, but the pools of the unit have room for ${room} pods: under a load that asks for more, the rest wait. Raise \`maximumDevices\` of a pool, or lower \`maximumReplicas\`.`,
    );
  }
  return { devicesPerPod, minimumReplicas, maximumReplicas };
}

const integer = (unit: IConstruct, prop: string, value: number, least: number, most: number): number =>
  integerBetween(unit, prop, literal(unit, prop, value), least, most);

function checkProfile(unit: IConstruct, { throughputPerMinute, latency, coldStart }: UnitProfile): void {
  positive(unit, 'profile.throughputPerMinute', throughputPerMinute);
  const latencySeconds = positive(unit, 'profile.latency', seconds(unit, 'profile.latency', latency));
  if (latencySeconds > limits.latencySeconds.max) {
    complain(unit, {
      wrong: '`profile.latency` is longer than an hour',
      given: `${latencySeconds} s`,
      expected: 'the latency of one request',
      fix: 'Measure it under the throughput of the profile.',
    });
  }
  const starting = seconds(unit, 'profile.coldStart', coldStart);
  if (starting > limits.coldStartSeconds.max) {
    complain(unit, {
      wrong: '`profile.coldStart` is longer than a day',
      given: `${starting} s`,
      expected: 'the time from asking for a pod to its first answer',
      fix: 'Measure it with no node running.',
    });
  }
}

function checkPools(unit: IConstruct, { accelerator, pools }: UnitNumbers, devicesPerPod: number): void {
  if (pools.length === 0) {
    complain(unit, {
      wrong: 'the unit has no pool, so that its pods could run nowhere',
      given: pools,
      expected: `at least one AcceleratorPool of ${accelerator.name}`,
      fix: 'Make one, or share one with another unit of that accelerator.',
    });
  }
  const names = pools.map(({ poolName }) => poolName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    complain(unit, { wrong: '`pools` names a pool twice', given: twice, expected: 'each pool once', fix: 'Remove one.' });
  }
  for (const pool of pools) {
    if (pool.accelerator.name !== accelerator.name) {
      complain(unit, {
        wrong: `pool ${pool.poolName} has another accelerator than the unit`,
        given: pool.accelerator.name,
        expected: accelerator.name,
        fix: `Give the unit pools of ${accelerator.name}, or make a unit for ${pool.accelerator.name}.`,
      });
    }
    const small = pool.instanceTypes.find(({ devices }) => devices < devicesPerPod);
    if (small !== undefined) {
      complain(unit, {
        wrong: `a pod asks for ${devicesPerPod} devices, more than a ${small.name} of pool ${pool.poolName} has`,
        given: `${small.name}: ${small.devices}`,
        expected: `a pool whose smallest instance has ${devicesPerPod} devices`,
        fix: `Set \`devicesPerPod: ${devicesPerPod}\` on the pool, or lower it on the unit.`,
      });
    }
  }
}

/** Pods that the pools together may host: those beyond wait for ever, for the limits hold whatever the load. */
const roomOf = (pools: readonly IAcceleratorPool[], devicesPerPod: number): number =>
  Math.floor(pools.reduce((sum, { maximumDevices }) => sum + maximumDevices, 0) / devicesPerPod);
