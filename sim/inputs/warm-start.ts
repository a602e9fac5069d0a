import { curveValue } from './curve';
import { unitsToCome } from './deployments';
import { fleetsOf, type ScenarioFleet } from './fleets';
import type { Arrivals } from './loaded-scenario';
import type { Scenario } from './scenario';

/**
 * Part of the traffic of each unit before the loop sets it, in the order of the units, 0 for those that come later:
 * the cost shares where every unit states one, else equal parts.
 */
export const startShares = (
  units: readonly { readonly name: string; readonly costShare?: number | undefined }[],
  toCome: ReadonlySet<string>,
): readonly number[] => {
  const present = units.filter(({ name }) => !toCome.has(name));
  const hasShares = present.every(({ costShare }) => costShare !== undefined);
  return units.map(({ name, costShare }) => (toCome.has(name) ? 0 : hasShares ? costShare! : 1 / present.length));
};

/** The scenario with pods for its first load, unless it states how it starts, and a sentence that says so. */
export const startedWarm = (
  scenario: Scenario,
  stated: unknown,
  arrivals: Arrivals | undefined,
): { readonly scenario: Scenario; readonly note?: string } => {
  const fields = stated as Readonly<Record<string, unknown>>;
  if (fields.initialReplicas !== undefined || fields.warmUpSeconds !== undefined) return { scenario };
  const statedOthers = (fields.otherFleets ?? []) as readonly Readonly<Record<string, unknown>>[];
  const toCome = unitsToCome(scenario.deployments);
  const replicasOf = (own: ScenarioFleet, rows?: Arrivals) => warmReplicas(own, toCome, scenario.durationSeconds, rows);
  const warm: Scenario = {
    ...scenario,
    initialReplicas: replicasOf(scenario, arrivals),
    otherFleets: scenario.otherFleets.map((own, index) =>
      statedOthers[index]?.initialReplicas === undefined ? { ...own, initialReplicas: replicasOf(own) } : own,
    ),
  };
  const pods = fleetsOf(warm).flatMap(({ initialReplicas }) => Object.entries(initialReplicas).map(([unit, count]) => `${unit} ${count}`));
  return {
    scenario: warm,
    note: `starts warm, with pods for its first load: ${pods.join(', ')}; initialReplicas or warmUpSeconds of the scenario set another start`,
  };
};

/**
 * Pods of each unit for its part of the highest load until pods that start at second 0 are ready: at the target utilization, and as many
 * that with another unit lost the rest still serves as much of the load as the fleet's resilience asks for.
 */
const warmReplicas = (
  { fleet, clients }: Pick<ScenarioFleet, 'fleet' | 'clients'>,
  toCome: ReadonlySet<string>,
  durationSeconds: number,
  arrivals: Arrivals | undefined,
): Readonly<Record<string, number>> => {
  const { units, policy, resilience } = fleet;
  const shares = startShares(units, toCome);
  const untilSeconds = Math.min(durationSeconds, Math.max(...units.map(({ profile }) => profile.coldStartSeconds)));
  const ratePerMinute = highestRate(clients, arrivals, untilSeconds, Math.min(...units.map(({ profile }) => profile.latencySeconds)));
  return Object.fromEntries(
    units.flatMap(({ name, profile, minimumReplicas, maximumReplicas }, index) => {
      if (toCome.has(name)) return [];
      const ownRate = ratePerMinute * shares[index]!;
      // What the largest other unit leaves is divided as before.
      const largestOther = Math.max(0, ...shares.filter((_, other) => other !== index));
      const rateAfterLoss = largestOther >= 1 ? 0 : (resilience * ownRate) / (1 - largestOther);
      const pods = Math.ceil(Math.max(ownRate / policy.targetUtilization, rateAfterLoss) / profile.throughputPerMinute);
      return [[name, Math.min(maximumReplicas, Math.max(minimumReplicas, pods))]];
    }),
  );
};

const STEP_SECONDS = 60;

/** Highest rate from second 0 on, in requests per minute. */
const highestRate = (
  clients: Scenario['clients'],
  arrivals: Arrivals | undefined,
  untilSeconds: number,
  latencySeconds: number,
): number => {
  const times = Array.from({ length: Math.ceil(untilSeconds / STEP_SECONDS) }, (_, step) => step * STEP_SECONDS);
  if (arrivals?.kind === 'timestamps') {
    const counts = times.map(() => 0);
    for (const at of arrivals.timestampsSeconds) {
      const step = Math.floor(at / STEP_SECONDS);
      if (step < counts.length) counts[step]!++;
    }
    return Math.max(...counts);
  }
  const curve =
    arrivals === undefined
      ? clients.kind === 'open-loop'
        ? clients.requestsPerMinute!
        : clients.users
      : {
          kind: 'steps' as const,
          rows: arrivals.rows.map(({ timestampSeconds, requestsPerMinute: value }) => ({ timestampSeconds, value })),
        };
  const highest = Math.max(...times.map((at) => curveValue(curve, at)));
  // A user sends the next request when the last was answered and a think time has passed.
  return clients.kind === 'open-loop' ? highest : (highest * 60) / (clients.thinkSeconds + latencySeconds);
};
