import fc from 'fast-check';
import { policies, policyNames } from '../../../../lambda/control-loop/contract/policies';
import type { DesiredFleet, DesiredUnit } from '../../../../lambda/control-loop/decide/policies/policy';
import type { FleetMemory, Shortage, WrittenValue } from '../../../../lambda/control-loop/model/decision';
import { type Fleet, fleetKey, unitKey } from '../../../../lambda/control-loop/model/fleet';
import { known, type Observation, type Signal, unknown } from '../../../../lambda/control-loop/model/observation';
import type { FleetOverrides } from '../../../../lambda/control-loop/model/overrides';
import { fleetOf, NOW, poolOf, unitOf } from './fixtures';

const oneOf = <T>(values: readonly [T, ...T[]]) => fc.constantFrom(...values);

/** A signal that is mostly known and young, at times stale or unknown; never so `withoutGaps`. */
const signalOf = <T>(value: fc.Arbitrary<T>, withoutGaps: boolean): fc.Arbitrary<Signal<T>> =>
  fc.oneof(
    {
      weight: withoutGaps ? 1000 : 12,
      arbitrary: fc.tuple(value, fc.integer({ min: 0, max: 300 })).map(([one, age]) => known(one, NOW - age)),
    },
    { weight: 1, arbitrary: fc.tuple(value, fc.integer({ min: 301, max: 9000 })).map(([one, age]) => known(one, NOW - age)) },
    { weight: 1, arbitrary: fc.constant(unknown('not told')) },
  );

const seriesOf = (withoutGaps: boolean) =>
  fc.oneof(
    {
      weight: withoutGaps ? 1000 : 12,
      arbitrary: fc.array(fc.nat(3000), { minLength: 1, maxLength: 25 }).map((values) => {
        const last = NOW - 120;
        return known({ values, atSeconds: values.map((_, index) => last - 60 * (values.length - 1 - index)) }, last);
      }),
    },
    { weight: 1, arbitrary: fc.constant(known({ values: [5], atSeconds: [NOW - 900] }, NOW - 900)) },
    { weight: 1, arbitrary: fc.constant(unknown('not told')) },
  );

const fleetNamed = (name: string, poolNames: readonly string[]): fc.Arbitrary<Fleet> => {
  const unit = fc.record({
    pools: fc.subarray([...poolNames], { minLength: 1, maxLength: Math.min(3, poolNames.length) }),
    throughputPerMinute: fc.integer({ min: 1, max: 500 }),
    latencySeconds: fc.integer({ min: 1, max: 40 }).map((tenths) => tenths / 10),
    coldStartSeconds: fc.nat(900),
    devicesPerPod: oneOf([1, 1, 2, 4]),
    minimumReplicas: fc.nat(4),
    maximumReplicas: fc.integer({ min: 5, max: 150 }),
    costShare: fc.option(
      fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10),
      { nil: undefined },
    ),
  });
  const pool = fc.record({
    capacityType: oneOf(['spot', 'on-demand', 'reserved'] as const),
    maximumDevices: fc.nat(120),
    devices: oneOf([1, 4, 8]),
    priceUsdPerHour: fc.nat(30),
  });
  return fc
    .record({
      units: fc.array(unit, { minLength: 1, maxLength: 6 }),
      pools: fc.array(pool, { minLength: poolNames.length, maxLength: poolNames.length }),
      latencySeconds: fc.integer({ min: 1, max: 50 }).map((tenths) => tenths / 10),
      resilience: oneOf([0, 0.5, 1]),
      policy: oneOf(['TwoMode', 'Optimizer', 'Static'] as const),
      routed: fc.boolean(),
      enforcement: oneOf(['Enforce', 'Enforce', 'Observe'] as const),
    })
    .map(({ units, pools, latencySeconds, resilience, policy, routed, enforcement }) => {
      const fleet = fleetOf(
        {
          objective: { latencySeconds },
          resilience,
          enforcement,
          policy: { name: policy },
          units: units.map(({ throughputPerMinute, latencySeconds: own, coldStartSeconds, costShare, ...unitFields }, index) =>
            unitOf(`u${index}`, {
              ...unitFields,
              ...(costShare !== undefined && { costShare }),
              profile: { throughputPerMinute, latencySeconds: own, coldStartSeconds },
            }),
          ),
          pools: pools.map(({ devices, priceUsdPerHour, ...poolFields }, index) =>
            poolOf(poolNames[index]!, { ...poolFields, instanceTypes: [{ name: 'g5.xlarge', devices, priceUsdPerHour }] }),
          ),
        },
        name,
      );
      if (routed) return fleet;
      const { router: _, ...without } = fleet;
      return without;
    });
};

/** One or two fleets of one to six units on one to eight pools, which they may share. */
const fleetsArbitrary: fc.Arbitrary<readonly Fleet[]> = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.boolean())
  .chain(([pools, two]): fc.Arbitrary<readonly Fleet[]> => {
    const names = Array.from({ length: pools }, (_, index) => `p${index}`);
    return two
      ? fc.tuple(fleetNamed('one', names), fleetNamed('two', names.slice(0, Math.max(1, pools - 2))))
      : fc.tuple(fleetNamed('one', names));
  });

const observationArbitrary = (fleets: readonly Fleet[], withoutGaps: boolean): fc.Arbitrary<Observation> => {
  const signal = <T>(value: fc.Arbitrary<T>) => signalOf(value, withoutGaps);
  const series = seriesOf(withoutGaps);
  const poolNames = [...new Set(fleets.flatMap(({ pools }) => pools.map(({ name }) => name)))];
  const failures = fc.array(
    fc.record({
      zone: oneOf(['us-west-2a', 'us-west-2b', 'unknown']),
      atSeconds: fc.integer({ min: NOW - 4000, max: NOW }),
      message: fc.constant('ICE'),
    }),
    { maxLength: 3 },
  );
  const pool = fc.record({
    uid: signal(fc.constant('uid')),
    weight: signal(fc.option(fc.integer({ min: 0, max: 130 }), { nil: undefined })),
    limitDevices: signal(fc.option(fc.nat(150), { nil: undefined })),
    notReady: signal(fc.option(fc.constant('its node class is gone'), { freq: 12, nil: undefined }).map((one) => one)),
    runningDevices: signal(fc.nat(140)),
    lastLaunchSeconds: signal(fc.option(fc.integer({ min: NOW - 4000, max: NOW }), { nil: undefined })),
    launchFailures: signal(failures),
    priceUsdPerDeviceHour: signal(fc.nat(40).map((tenths) => tenths / 10)),
    offeredZones: signal(fc.constant(['us-west-2a'])),
    reservedDevices: signal(fc.nat(10)),
  });
  const minutes = fc
    .array(
      fc
        .record({
          requests: fc.nat(300),
          refusedPart: oneOf([0, 0, 0, 1]),
          failedPart: oneOf([0, 0, 1]),
          tenths: fc.nat(60),
          healthyHosts: fc.nat(5),
        })
        .map(({ requests, refusedPart, failedPart, tenths, healthyHosts }) => ({
          requests,
          refused: requests * refusedPart,
          failed: requests * Math.max(refusedPart, failedPart),
          errors: requests * Math.max(refusedPart, failedPart),
          answered: requests * (1 - refusedPart),
          latencySeconds: tenths / 10,
          healthyHosts: refusedPart > 0 ? 0 : healthyHosts,
        })),
      { maxLength: 12 },
    )
    .map((values) => values.map((value, index) => ({ startSeconds: NOW - 120 - 60 * (values.length - 1 - index), ...value })));
  const podStarts = fc.array(
    fc.record({
      uid: fc.constantFrom('a', 'b', 'c'),
      createdSeconds: fc.constant(NOW - 900),
      readySeconds: fc.integer({ min: NOW - 800, max: NOW }),
      launchedNode: fc.boolean(),
    }),
    { maxLength: 3 },
  );
  const unitEntries = fleets.flatMap((fleet) =>
    fleet.units.map(({ name, pools }) =>
      fc
        .record({
          minutes: signal(minutes),
          requestsPerMinute: series,
          latencySeconds: signal(fc.nat(60).map((tenths) => tenths / 10)),
          errorsPerMinute: signal(fc.nat(10)),
          healthyHosts: signal(fc.nat(100)),
          podStarts: signal(podStarts),
          readyPodsByPool: signal(
            fc
              .tuple(oneOf([0, 0, 1, 5, 60]), oneOf([0, 0, 3]))
              .map(([first, other]): Readonly<Record<string, number>> => ({ [pools[0]!]: first, [pools[1] ?? '']: other })),
          ),
          leavingPods: signal(fc.nat(5)),
          startingPods: signal(fc.nat(5)),
          pendingPods: signal(fc.nat(3)),
          waitingPods: signal(
            fc.array(
              fc.record({
                reason: oneOf(['Unschedulable', 'CrashLoopBackOff', 'ContainersNotReady']),
                message: oneOf(['', 'no nodes available to schedule pods']),
                pods: fc.integer({ min: 1, max: 5 }),
                sinceSeconds: fc.integer({ min: NOW - 4000, max: NOW + 60 }),
              }),
              { maxLength: 2 },
            ),
          ),
          surgePods: signal(oneOf([0, 0, 1, 5])),
          replicas: signal(fc.nat(100)),
          floor: signal(fc.nat(200)),
          targetThroughputPerMinute: signal(fc.nat(600)),
          scaler: signal(
            fc.record(
              {
                maximumReplicas: fc.nat(150),
                pause: fc.record({ annotation: fc.constant('autoscaling.keda.sh/paused'), up: fc.boolean(), down: fc.boolean() }),
              },
              { requiredKeys: [] },
            ),
          ),
          autoscalerEdits: signal(
            fc.array(
              fc.record({ field: oneOf(['floor', 'target'] as const), value: fc.nat(200), manager: oneOf(['kubectl-edit', 'argocd']) }),
              { maxLength: 2 },
            ),
          ),
        })
        .map((unit) => [unitKey(fleet, name), unit] as const),
    ),
  );
  const weights = fleets.map((fleet) =>
    signal(fc.tuple(...fleet.units.map(() => oneOf([0, 1, 100, 999])))).map(
      (known_) =>
        [
          fleetKey(fleet),
          known_.known
            ? known<Readonly<Record<string, number>>>(
                Object.fromEntries(fleet.units.map(({ name }, index) => [name, known_.value[index]!])),
                known_.atSeconds,
              )
            : known_,
        ] as const,
    ),
  );
  return fc
    .tuple(fc.tuple(...unitEntries), fc.tuple(...poolNames.map((name) => pool.map((one) => [name, one] as const))), fc.tuple(...weights))
    .map(([units, pools, routerWeights]) => ({
      atSeconds: NOW,
      units: Object.fromEntries(units),
      pools: Object.fromEntries(pools),
      routerWeights: Object.fromEntries(routerWeights),
    }));
};

const memoryArbitrary = (fleet: Fleet): fc.Arbitrary<FleetMemory> => {
  const shortage: fc.Arbitrary<Shortage> = fc
    .record({
      pool: fc.constantFrom(...fleet.pools.map(({ name }) => name)),
      zone: oneOf(['us-west-2a', 'us-west-2b', 'unknown']),
      age: fc.nat(4000),
      failures: fc.integer({ min: 1, max: 7 }),
      rest: fc.integer({ min: 120, max: 1800 }),
      probed: fc.boolean(),
    })
    .map(({ pool, zone, age, failures, rest, probed }) => ({
      pool,
      zone,
      firstSeenSeconds: NOW - age - 100,
      lastFailureSeconds: NOW - age,
      failures,
      nextProbeSeconds: NOW - age + rest,
      ...(probed && age > rest && { probeOpenedSeconds: NOW - age + rest }),
    }));
  const keys = [
    ...fleet.units.flatMap(({ name }) => [`floor/${name}`, `target/${name}`, `share/${name}`]),
    ...fleet.pools.flatMap(({ name }) => [`weight/${name}`, `limit/${name}`]),
  ];
  const written = fc.dictionary(
    fc.constantFrom(...keys),
    fc
      .tuple(fc.nat(150), fc.option(fc.nat(150), { nil: undefined }))
      .map(([value, previous]): WrittenValue => ({ value, ...(previous !== undefined && { previous }) })),
    { maxKeys: 3 },
  );
  return fc
    .record({
      strategy: oneOf(['CostOptimized', 'CapacityOptimized', 'Static'] as const),
      clearAge: fc.option(fc.nat(2000), { nil: undefined }),
      switches: fc.nat(20),
      profiles: fc.constant({}),
      shortages: fc.uniqueArray(shortage, { maxLength: 4, selector: ({ pool, zone }) => `${pool}/${zone}` }),
      written: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: written }),
    })
    .map(({ clearAge, ...memory }) => ({
      ...memory,
      strategySinceSeconds: NOW - 5000,
      ...(clearAge !== undefined && { clearSinceSeconds: NOW - clearAge }),
    }));
};

/** Anything a broken policy might want. */
const wishesArbitrary = (fleet: Fleet): fc.Arbitrary<DesiredFleet> => {
  const value = fc.oneof(
    fc.integer({ min: -5, max: 200 }),
    fc.double(),
    oneOf([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]),
  );
  const proposal = value.map((one) => ({ value: one, reason: 'wanted' }));
  const unit: fc.Arbitrary<DesiredUnit> = fc.record(
    { floor: proposal, targetThroughputPerMinute: proposal, share: proposal },
    { requiredKeys: [] },
  );
  const pools = fleet.pools.map(({ name }) => name);
  return fc
    .record({
      units: fc.tuple(...fleet.units.map(() => unit)),
      weights: fc.option(fc.dictionary(fc.constantFrom('stranger', ...pools), proposal), { nil: undefined }),
      order: fc.option(fc.array(fc.constantFrom('stranger', ...pools), { maxLength: 10 }), { nil: undefined }),
      limits: fc.option(fc.dictionary(fc.constantFrom('stranger', ...pools), proposal), { nil: undefined }),
    })
    .map(({ units, weights, order, limits }) => ({
      strategy: 'CostOptimized' as const,
      strategyReason: 'anything',
      units: Object.fromEntries(fleet.units.map(({ name }, index) => [name, units[index]!])),
      ...(order && { poolOrder: order.map((one) => ({ value: one, reason: 'wanted' })) }),
      ...(limits && { limits }),
      ...(weights && { weights }),
      findings: [],
    }));
};

export interface Case {
  readonly fleets: readonly Fleet[];
  readonly observation: Observation;
  readonly memories: Readonly<Record<string, FleetMemory>>;
  readonly paused: Readonly<Record<string, { up: boolean; down: boolean }>>;
  /** By `fleetKey`; nobody wants anything where left out. */
  readonly overrides?: Readonly<Record<string, FleetOverrides>>;
  /** By `fleetKey`; the built-in policies decide where left out. */
  readonly desired?: Readonly<Record<string, DesiredFleet>> | undefined;
}

export const caseArbitrary: fc.Arbitrary<Case> = fleetsArbitrary.chain((fleets) =>
  fc
    .record({
      observation: fc.boolean().chain((withoutGaps) => observationArbitrary(fleets, withoutGaps)),
      memories: fc.tuple(...fleets.map((fleet) => fc.option(memoryArbitrary(fleet), { nil: undefined }))),
      paused: fc.tuple(
        ...fleets.map(() =>
          fc.oneof(
            { weight: 4, arbitrary: fc.constant({ up: false, down: false }) },
            { weight: 1, arbitrary: fc.record({ up: fc.boolean(), down: fc.boolean() }) },
          ),
        ),
      ),
      desired: fc.option(fc.tuple(...fleets.map(wishesArbitrary)), { nil: undefined }),
    })
    .map(({ observation, memories, paused, desired }) => ({
      fleets,
      observation,
      memories: Object.fromEntries(fleets.flatMap((fleet, index) => (memories[index] ? [[fleetKey(fleet), memories[index]]] : []))),
      paused: Object.fromEntries(fleets.map((fleet, index) => [fleetKey(fleet), paused[index]!])),
      ...(desired && { desired: Object.fromEntries(fleets.map((fleet, index) => [fleetKey(fleet), desired[index]!])) }),
    })),
);

const OVERRIDABLE: readonly string[] = policyNames.flatMap((name) => policies[name].overridableStrategies);

/** What people may want of a fleet, live and ended, right and wrong. */
const overridesArbitrary = (fleet: Fleet): fc.Arbitrary<FleetOverrides> => {
  const units = fleet.units.map(({ name }) => name);
  const pools = fleet.pools.map(({ name }) => name);
  const entry = fc
    .tuple(
      fc.constantFrom(
        'strategy',
        'floor/stranger',
        ...units.flatMap((unit) => [`floor/${unit}`, `target/${unit}`, `share/${unit}`]),
        ...pools.flatMap((pool) => [`weight/${pool}`, `limit/${pool}`]),
      ),
      fc.oneof(fc.integer({ min: -2, max: 150 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(...OVERRIDABLE)),
      fc.integer({ min: -5000, max: 50_000 }),
    )
    .map(([field, value, seconds]) => ({
      field,
      value: field === 'strategy' && typeof value === 'number' ? OVERRIDABLE[0]! : value,
      owner: 'ops',
      reason: 'any',
      until: 'then',
      untilSeconds: NOW + seconds,
    }));
  return fc.record({ entries: fc.array(entry, { maxLength: 12 }), problems: fc.constantFrom<readonly string[]>([], ['entry 1: wrong']) });
};

/** A case in which people override what policies want. */
export const overriddenCaseArbitrary: fc.Arbitrary<Case> = caseArbitrary.chain((given) =>
  fc.tuple(...given.fleets.map(overridesArbitrary)).map((overrides) => ({
    ...given,
    overrides: Object.fromEntries(given.fleets.map((fleet, index) => [fleetKey(fleet), overrides[index]!])),
  })),
);
