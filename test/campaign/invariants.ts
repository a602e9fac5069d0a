import { resources } from '../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import type { PlannedFleet } from './plan';
import type { CampaignWorld } from './world';

/**
 * What must hold of every tick, whatever goes wrong, judged on the world before and after it. Nothing here is shared with the loop's own
 * guardrails.
 */

/** The whole world, as text by place: one entry for each leaf. */
export type Snapshot = ReadonlyMap<string, unknown>;

/** Enters every leaf of a value by its path. */
export const enter = (value: unknown, path: string, into: Map<string, unknown>): void => {
  if (typeof value !== 'object' || value === null) into.set(path, value);
  else for (const [key, child] of Object.entries(value)) enter(child, `${path}/${key}`, into);
};

/** Kept by the API server itself, of every write. */
const SERVER_SIDE = /\/metadata\/(resourceVersion|generation|managedFields\/.*)$/;

export const snapshotOf = ({ fake }: CampaignWorld): Snapshot => {
  const all = new Map<string, unknown>();
  for (const { plural, ...rest } of Object.values(resources)) {
    for (const object of fake.kubernetes.all({ plural, ...rest })) {
      enter(object, `${plural} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, all);
    }
  }
  for (const [arn, weights] of fake.rules) for (const [group, weight] of Object.entries(weights)) all.set(`rule ${arn} ${group}`, weight);
  return all;
};

/** Places that differ. */
export const changesBetween = (before: Snapshot, after: Snapshot): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((place) => before.get(place) !== after.get(place) && !SERVER_SIDE.test(place));

/** The fields that are the loop's to write. */
const OWNED = [
  /^nodepools \/[^/]+\/spec\/(weight|limits(\/[^ ]+)?)$/,
  /^scaledobjects [^ ]+\/spec\/minReplicaCount$/,
  /^scaledobjects [^ ]+\/spec\/triggers\/0\/metadata\/targetMetricValue$/,
  /^pods [^ ]+\/metadata\/annotations(\/controller\.kubernetes\.io\/pod-deletion-cost)?$/,
  /^inferencefleets [^ ]+\/status(\/.*)?$/,
  /^events [^ ]+\/.*$/,
  /^rule /,
];

export interface TickContext {
  readonly world: { readonly fleets: readonly PlannedFleet[] };
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Ready pods by `namespace/fleet/unit`, and refused requests of the minute that CloudWatch has by `namespace/fleet`, before the tick. */
  readonly ready: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  /** What may be seen wrongly. */
  readonly blinded: ReadonlySet<string>;
}

const ownedBy = ({ world }: TickContext, enforcement: readonly string[]) =>
  world.fleets.filter(({ spec }) => enforcement.includes(spec.enforcement ?? 'Enforce'));

const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);

/** Each invariant by its name: what is wrong, in a sentence each. */
export const INVARIANTS: Readonly<Record<string, (tick: TickContext) => readonly string[]>> = {
  'nothing is written but the fields of the loop': ({ before, after }) =>
    changesBetween(before, after).filter((place) => !OWNED.some((pattern) => pattern.test(place))),

  'a fleet that does not enforce writes no rule and no scaler, one that observes nothing': (tick) => {
    const changed = changesBetween(tick.before, tick.after);
    const observing = ownedBy(tick, ['Observe']).map(({ name, namespace }) => `inferencefleets ${namespace}/${name}/`);
    const passive = ownedBy(tick, ['Observe', 'Recommend']).flatMap(({ namespace, spec }) => [
      `rule ${spec.router!.listenerRuleArn} `,
      ...spec.units.map(({ scaler }) => `scaledobjects ${namespace}/${scaler.name}/`),
    ]);
    return changed.filter((place) => [...observing, ...passive].some((prefix) => place.startsWith(prefix)));
  },

  'weights of pools are whole numbers from 1 to 100': ({ before, after }) =>
    changesBetween(before, after)
      .filter((place) => /^nodepools .*\/weight$/.test(place))
      .filter((place) => !(isWhole(after.get(place)) && (after.get(place) as number) >= 1 && (after.get(place) as number) <= 100))
      .map((place) => `${place} is ${after.get(place)}`),

  'limits of pools are from 0 to the maximum that the fleets state': ({ world, before, after }) =>
    changesBetween(before, after)
      .filter((place) => /^nodepools .*\/limits\//.test(place))
      .flatMap((place) => {
        const name = /^nodepools \/([^/]+)/.exec(place)?.[1];
        const maximum = Math.max(
          ...world.fleets.flatMap(({ spec }) => spec.pools.filter((pool) => pool.name === name).map((pool) => pool.maximumDevices)),
        );
        // What was garbage there may go.
        if (!after.has(place)) return [];
        const value = Number(after.get(place));
        return isWhole(value) && value >= 0 && value <= maximum ? [] : [`${place} is ${after.get(place)}, of at most ${maximum}`];
      }),

  'floors are between the minimum and the maximum of their unit': ({ world, before, after }) =>
    world.fleets.flatMap(({ namespace, spec }) =>
      spec.units.flatMap(({ scaler, minimumReplicas = 1, maximumReplicas = 10 }) => {
        const place = `scaledobjects ${namespace}/${scaler.name}/spec/minReplicaCount`;
        const value = after.get(place);
        if (value === before.get(place)) return [];
        return isWhole(value) && value >= minimumReplicas && value <= maximumReplicas ? [] : [`${place} is ${value}`];
      }),
    ),

  'targets are above 0 and no more than a pod can do': ({ world, before, after }) =>
    world.fleets.flatMap(({ namespace, spec }) =>
      spec.units.flatMap(({ scaler, profile }) => {
        const place = `scaledobjects ${namespace}/${scaler.name}/spec/triggers/0/metadata/targetMetricValue`;
        const value = Number(after.get(place));
        if (after.get(place) === before.get(place)) return [];
        return value > 0 && value <= profile.throughputPerMinute ? [] : [`${place} is ${after.get(place)}`];
      }),
    ),

  'weights of a rule are whole numbers from 0 to 999, and not all zero': ({ world, before, after }) =>
    world.fleets.flatMap(({ spec }) => {
      const places = spec.units.map(({ targetGroupArn }) => `rule ${spec.router!.listenerRuleArn} ${targetGroupArn}`);
      if (places.every((place) => before.get(place) === after.get(place))) return [];
      const values = places.map((place) => after.get(place));
      const isSound =
        values.every((value) => isWhole(value) && value >= 0 && value <= 999) && values.some((value) => (value as number) > 0);
      return isSound ? [] : [`${places[0]} and its like are ${values.join(', ')}`];
    }),

  'no unit without a ready pod is given more traffic while another has one': ({ world, before, after, ready, blinded }) =>
    blinded.has('cluster') || blinded.has('clock')
      ? []
      : world.fleets.flatMap(({ name, namespace, spec }) => {
          const readyOf = (unit: string): number => ready[`${namespace}/${name}/${unit}`] ?? 0;
          const shareOf = (snapshot: Snapshot, group: string | undefined): number => {
            const weights = spec.units.map(
              ({ targetGroupArn }) => Number(snapshot.get(`rule ${spec.router!.listenerRuleArn} ${targetGroupArn}`)) || 0,
            );
            const total = weights.reduce((sum, weight) => sum + weight, 0);
            const own = Number(snapshot.get(`rule ${spec.router!.listenerRuleArn} ${group}`)) || 0;
            return total === 0 ? 0 : own / total;
          };
          if (spec.units.every((unit) => readyOf(unit.name) === 0)) return [];
          return spec.units
            .filter(
              (unit) => readyOf(unit.name) === 0 && shareOf(after, unit.targetGroupArn) > shareOf(before, unit.targetGroupArn) + 0.011,
            )
            .map((unit) => `${namespace}/${name}/${unit.name}`);
        }),

  'no floor falls while requests are refused': ({ world, before, after, refused, blinded }) =>
    blinded.size > 0
      ? []
      : world.fleets
          .filter(({ name, namespace }) => (refused[`${namespace}/${name}`] ?? 0) > 0)
          .flatMap(({ namespace, spec }) =>
            spec.units.flatMap(({ scaler, maximumReplicas = 10 }) => {
              const place = `scaledobjects ${namespace}/${scaler.name}/spec/minReplicaCount`;
              const was = Math.min(maximumReplicas, Number(before.get(place)));
              return Number(after.get(place)) < was ? [`${place} from ${before.get(place)} to ${after.get(place)}`] : [];
            }),
          ),
};

/** Objects that a status may not outgrow: etcd refuses 1.5 MiB; a tenth of it is plenty. */
export const MAX_STATUS_BYTES = 150_000;

export const statusBytes = (object: KubernetesObject): number => JSON.stringify(object.status ?? {}).length;
