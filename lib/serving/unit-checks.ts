import { Annotations, Duration } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import { DevicePlugin } from '../accelerator/device-plugin';
import { AcceleratorPool, type IAcceleratorPool } from '../capacity/accelerator-pool';
import { limits, podDefaults, unitDefaults } from '../generated/contract';
import { complain, firstDuplicate, integerWithin, numberWithin, positive, seconds, secondsWithin } from '../private/validation';
import type { IDeploymentUnit } from './deployment-unit';
import type { UnitProfile } from './unit-profile';

export interface UnitNumbers {
  readonly accelerator: Accelerator;
  readonly pools: readonly IAcceleratorPool[];
  readonly profile: UnitProfile;
  readonly devicesPerPod: number | undefined;
  readonly minimumReplicas: number | undefined;
  readonly maximumReplicas: number | undefined;
  readonly costShare: number | undefined;
  readonly maximumShare: number | undefined;
  /** Lower bound of `minimumReplicas`. */
  readonly minMinimumReplicas: number;
}

export interface CheckedNumbers {
  readonly devicesPerPod: number;
  readonly minimumReplicas: number;
  readonly maximumReplicas: number;
}

/** Checks the numbers, pools and profile of a unit, created or imported. */
export function checkNumbers(unit: IConstruct, input: UnitNumbers): CheckedNumbers {
  const devicesPerPod = integerWithin(unit, 'devicesPerPod', input.devicesPerPod ?? unitDefaults.devicesPerPod, limits.devicesPerPod);
  const minimumReplicas = integerWithin(unit, 'minimumReplicas', input.minimumReplicas ?? unitDefaults.minimumReplicas, {
    min: input.minMinimumReplicas,
    max: limits.minimumReplicas.max,
  });
  checkPools(unit, input, devicesPerPod);
  const room = roomOf(input.pools, devicesPerPod);
  const defaultMaximum = Math.max(1, minimumReplicas, Math.min(unitDefaults.maximumReplicas, room));
  const maximumReplicas = integerWithin(unit, 'maximumReplicas', input.maximumReplicas ?? defaultMaximum, limits.maximumReplicas);
  if (minimumReplicas > maximumReplicas) {
    complain(unit, {
      code: 'MinimumAboveMaximum',
      wrong: '`minimumReplicas` is above `maximumReplicas`',
      given: minimumReplicas,
      expected: `at most ${maximumReplicas}`,
      fix: 'Lower `minimumReplicas`, or raise `maximumReplicas`.',
    });
  }
  if (input.costShare !== undefined)
    numberWithin(unit, 'costShare', input.costShare, limits.share, 'a number from 0 to 1; write 40 % as 0.4');
  if (input.maximumShare !== undefined)
    numberWithin(unit, 'maximumShare', input.maximumShare, limits.maximumShare, 'a number above 0 and below 1; write 5 % as 0.05');
  checkProfile(unit, input.profile);
  if (maximumReplicas > room) {
    Annotations.of(unit).addWarningV2(
      'cdk-adaptive-inference:moreReplicasThanDevices',
      `\`maximumReplicas\` is ${maximumReplicas}, but the pools of the unit have room for ${room} pods: further pods would stay pending. Raise \`maximumDevices\` of a pool, or lower \`maximumReplicas\`.`,
    );
  }
  return { devicesPerPod, minimumReplicas, maximumReplicas };
}

function checkProfile(unit: IConstruct, { throughputPerMinute, latency, coldStart }: UnitProfile): void {
  positive(unit, 'profile.throughputPerMinute', throughputPerMinute);
  const latencySeconds = seconds(unit, 'profile.latency', latency);
  numberWithin(unit, 'profile.latency', latencySeconds, limits.latencySeconds, 'the latency of one request, above 0, at most an hour');
  const coldStartSeconds = seconds(unit, 'profile.coldStart', coldStart);
  numberWithin(
    unit,
    'profile.coldStart',
    coldStartSeconds,
    limits.coldStartSeconds,
    'the time from requesting a pod until its first response, at most a day',
  );
}

/**
 * Warns of pools whose nodes may drain for less than the unit's cold start: whenever such a node is replaced, pods end before their
 * successors serve. Of an imported pool that is not known.
 */
export function warnOfShortDrains(unit: IDeploymentUnit): void {
  const coldStartSeconds = unit.profile.coldStart.toSeconds({ integral: false });
  const short = unit.pools.flatMap((pool) => {
    const periodSeconds = pool instanceof AcceleratorPool ? pool.terminationGracePeriod.toSeconds({ integral: false }) : undefined;
    return periodSeconds !== undefined && periodSeconds < coldStartSeconds ? [`${pool.poolName} (${periodSeconds} s)`] : [];
  });
  if (short.length === 0) return;
  Annotations.of(unit).addWarningV2(
    'cdk-adaptive-inference:drainShorterThanColdStart',
    `the cold start of unit ${unit.unitName} is ${coldStartSeconds} s, longer than nodes drain in ${short.join(', ')}: when a node is replaced or a pool is removed, pods end before their successors serve. Pass pools with a longer \`terminationGracePeriod\` in \`pools\`.`,
  );
}

/**
 * Warns of pods that get several Neuron devices of a larger instance: they must be neighbours, and Kubernetes' own scheduler does not know
 * which are (https://awsdocs-neuron.readthedocs-hosted.com/en/latest/containers/tutorials/k8s-neuron-scheduler.html).
 */
export function warnOfNeuronScheduler(unit: IDeploymentUnit, schedulerName: string | undefined): void {
  const { accelerator, devicesPerPod, pools } = unit;
  const isDivided = pools.some(({ instanceTypes }) => instanceTypes.some(({ devices }) => devices > devicesPerPod));
  if (accelerator.devicePlugin !== DevicePlugin.NEURON || devicesPerPod === 1 || !isDivided || schedulerName !== undefined) return;
  Annotations.of(unit).addWarningV2(
    'cdk-adaptive-inference:neuronScheduler',
    `a pod of unit ${unit.unitName} requests ${devicesPerPod} Neuron devices of an instance with more: only Neuron's scheduler extension gives it devices that are connected. Install the extension, and name its scheduler in \`schedulerName\`; or use pools whose instances have ${devicesPerPod} devices.`,
  );
}

function checkPools(unit: IConstruct, { accelerator, pools }: UnitNumbers, devicesPerPod: number): void {
  if (pools.length === 0) {
    complain(unit, {
      code: 'UnitWithoutPool',
      wrong: 'the unit has no pool, so its pods could not run',
      given: pools,
      expected: `at least one AcceleratorPool of ${accelerator.name}`,
      fix: 'Create one, or share the pool of another unit with that accelerator.',
    });
  }
  const twice = firstDuplicate(pools.map(({ poolName }) => poolName));
  if (twice !== undefined) {
    complain(unit, {
      code: 'RepeatedPool',
      wrong: '`pools` contains a pool twice',
      given: twice,
      expected: 'each pool once',
      fix: 'Remove one of them.',
    });
  }
  for (const pool of pools) {
    if (pool.accelerator.name !== accelerator.name) {
      complain(unit, {
        code: 'PoolOfOtherAccelerator',
        wrong: `pool ${pool.poolName} has another accelerator than the unit`,
        given: pool.accelerator.name,
        expected: accelerator.name,
        fix: `Use pools of ${accelerator.name}, or create a unit for ${pool.accelerator.name}.`,
      });
    }
    const largest = Math.max(...pool.instanceTypes.map(({ devices }) => devices));
    if (largest < devicesPerPod) {
      complain(unit, {
        code: 'PoolInstanceTooSmall',
        wrong: `a pod requests ${devicesPerPod} devices, more than any instance of pool ${pool.poolName} has`,
        given: `at most ${largest}`,
        expected: `a pool with an instance type of ${devicesPerPod} devices or more`,
        fix: `Add one to the pool, or lower \`devicesPerPod\` of the unit.`,
      });
    }
  }
}

/** Pods that the pools can host together; further pods would stay pending, because the limits hold under any load. */
const roomOf = (pools: readonly IAcceleratorPool[], devicesPerPod: number): number =>
  Math.floor(pools.reduce((sum, { maximumDevices }) => sum + maximumDevices, 0) / devicesPerPod);

/** How long a terminating pod keeps serving, in seconds; warns if its requests take longer. */
export function checkDrain(unit: IDeploymentUnit, drain: Duration = Duration.seconds(podDefaults.drainSeconds)): number {
  const max = podDefaults.maxTerminationSeconds - podDefaults.endingSeconds;
  const value = secondsWithin(unit, 'drain', drain, { min: podDefaults.minDrainSeconds, max });
  const latency = unit.profile.latency.toSeconds({ integral: false });
  if (latency > value) {
    Annotations.of(unit).addWarningV2(
      'cdk-adaptive-inference:drainShorterThanRequests',
      `a request of unit ${unit.unitName} takes ${latency} s, longer than a terminating pod keeps serving, ${value} s: such requests are cut off. Raise \`drain\`, up to ${max} s.`,
    );
  }
  return value;
}
