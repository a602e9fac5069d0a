import type { Decide } from '../../lambda/control-loop/decide/decide';
import type { Decision, FleetDecision, FleetMemory, PoolDecision, UnitDecision } from '../../lambda/control-loop/model/decision';
import { fleetKey } from '../../lambda/control-loop/model/fleet';

/** What a test wants of a unit or pool; what it leaves out stays as it is. */
export interface Wanted {
  readonly units?: Readonly<Record<string, { readonly floor?: number; readonly target?: number; readonly share?: number }>>;
  readonly pools?: Readonly<Record<string, { readonly weight?: number; readonly limit?: number }>>;
}

const reasoned = (value: number | undefined) => ({ value, reason: 'the test wants it' });

const unitDecision = (wanted: { readonly floor?: number; readonly target?: number; readonly share?: number } = {}): UnitDecision => ({
  floor: reasoned(wanted.floor),
  targetThroughputPerMinute: reasoned(wanted.target),
  share: reasoned(wanted.share),
});

const poolDecision = (wanted: { readonly weight?: number; readonly limit?: number } = {}): PoolDecision => ({
  weight: reasoned(wanted.weight),
  limitDevices: reasoned(wanted.limit),
});

const newMemory: FleetMemory = {
  strategy: 'CostOptimized',
  strategySinceSeconds: 0,
  clearSinceSeconds: 0,
  switches: 0,
  shortages: [],
  profiles: {},
  written: {},
};

export const decisionOf = (fleets: Readonly<Record<string, Wanted>>): Decision => {
  const decided = Object.entries(fleets).map(
    ([fleet, { units = {} }]): FleetDecision => ({
      fleet,
      strategy: 'CostOptimized',
      strategyReason: 'the test wants it',
      units: Object.fromEntries(Object.entries(units).map(([name, wanted]) => [name, unitDecision(wanted)])),
      findings: [],
      memory: newMemory,
    }),
  );
  const pools = Object.assign({}, ...Object.values(fleets).map(({ pools: wanted = {} }) => wanted)) as NonNullable<Wanted['pools']>;
  return { fleets: decided, pools: Object.fromEntries(Object.entries(pools).map(([name, wanted]) => [name, poolDecision(wanted)])) };
};

/** A decide that wants the same of every fleet at every tick and remembers what the loop wrote. */
export const alwaysWants =
  (wanted: Wanted): Decide =>
  (inputs) => {
    const decision = decisionOf(Object.fromEntries(inputs.map(({ fleet }) => [fleetKey(fleet), wanted])));
    return { ...decision, fleets: decision.fleets.map((fleet, index) => ({ ...fleet, memory: inputs[index]!.memory ?? newMemory })) };
  };
