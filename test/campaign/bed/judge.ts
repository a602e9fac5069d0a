import { resources } from '../../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import type { TickRecord } from '../../../lambda/control-loop/tick';
import type { ReadyPods } from '../../e2e/support/traffic';
import type { PlannedFleet } from '../plan';

/** What an invariant of the test bed found wrong. */
export interface Violation {
  /** Seconds since the campaign began. */
  readonly atSeconds: number;
  readonly invariant: string;
  readonly detail: string;
  /** The faults that held, or had just ended. */
  readonly under: readonly string[];
}

/** What only a bearer token, its signature or a secret key looks like. */
const SECRETS = [/k8s-aws-v1\.[\w-]{8,}/, /X-Amz-Signature=\w+/i, /X-Amz-Security-Token=\w+/i, /\bBearer [\w.-]{8,}/];

/** The beginning of each secret in a text; `others` are secrets that have no form of their own. */
export const secretsIn = (text: string, others: readonly string[] = []): readonly string[] => [
  ...SECRETS.flatMap((pattern) => pattern.exec(text)?.[0].slice(0, 24) ?? []),
  ...others.filter((secret) => text.includes(secret)).map((secret) => `${secret.slice(0, 6)}...`),
];

/** Conditions of a fleet that all is well with. */
const HEALTHY: Readonly<Record<string, string>> = { Valid: 'True', Observed: 'True', Applied: 'True' };

/** Why a tick is not one in which everything was seen, decided and written; but for contested fields. */
export const troubleIn = ({ fleets, writes }: TickRecord, fleet: KubernetesObject): readonly string[] => [
  ...fleets.filter(({ outcome }) => outcome !== 'Acted').map((one) => `${one.fleet}: ${one.outcome} ${one.message ?? ''}`),
  ...writes
    .filter(({ outcome }) => outcome !== 'Done' && outcome !== 'Contested')
    .map(({ object, fields, outcome, message }) => `${object} ${Object.keys(fields).join(', ')}: ${outcome} ${message ?? ''}`),
  ...((fleet.status?.conditions ?? []) as readonly { type: string; status: string; message: string }[])
    .filter(({ type, status }) => type in HEALTHY && status !== HEALTHY[type])
    .map(({ type, status, message }) => `${type} is ${status}: ${message}`),
];

/** Fields that the loop leaves to another writer. */
export const contestedIn = ({ decision, writes }: TickRecord): readonly string[] => [
  ...decision.fleets.flatMap(({ findings }) =>
    findings.filter(({ code }) => code === 'Contested').map((one) => `${one.subject}: ${one.message}`),
  ),
  ...writes
    .filter(({ outcome }) => outcome === 'Contested')
    .map(({ object, fields, message }) => `${object} ${Object.keys(fields).join(', ')}: ${message ?? ''}`),
];

/** What stands outside its bounds once all faults are over. */
export const outOfBounds = (
  { spec }: PlannedFleet,
  scalers: readonly KubernetesObject[],
  pools: readonly KubernetesObject[],
  weights: Readonly<Record<string, number>>,
): readonly string[] => [
  ...spec.units.flatMap(({ scaler, minimumReplicas = 1 }) => {
    const floor = scalers.find(({ metadata }) => metadata.name === scaler.name)?.spec?.minReplicaCount ?? 0;
    return floor < minimumReplicas
      ? [`${resources.scaledObjects.kind} ${scaler.name}: floor ${floor}, of at least ${minimumReplicas}`]
      : [];
  }),
  ...spec.pools.flatMap(({ name, deviceResource, maximumDevices }) => {
    const limit = pools.find(({ metadata }) => metadata.name === name)?.spec?.limits?.[deviceResource];
    return Number(limit) <= maximumDevices ? [] : [`${resources.nodePools.kind} ${name}: limit ${limit}, of at most ${maximumDevices}`];
  }),
  ...(Object.values(weights).some((weight) => weight > 0) ? [] : [`weights ${JSON.stringify(weights)}, expected one above 0`]),
];

/** Ticks within which a dead unit must have left the rule. */
const TICKS_TO_LEAVE = 2;

/** Watches for units without a ready pod that keep traffic while another unit has ready pods. */
export class DeadUnits {
  private readonly ticks = new Map<string, number>();

  /**
   * @param canAct whether the loop could see the pods and write the rule in this tick
   * @param before ready pods before the tick, and after it: what came or went meanwhile may or may not have been seen
   */
  judge(canAct: boolean, before: ReadyPods, after: ReadyPods, weights: Readonly<Record<string, number>>): readonly string[] {
    const units = Object.keys(before);
    const isDead = (unit: string): boolean => before[unit] === 0 && after[unit] === 0;
    const isAlive = (unit: string): boolean => (before[unit] ?? 0) > 0 && (after[unit] ?? 0) > 0;
    return units.flatMap((unit) => {
      const isLeft = weights[unit] === 0;
      if (!canAct || !isDead(unit) || isLeft || !units.some(isAlive)) {
        this.ticks.delete(unit);
        return [];
      }
      const ticks = (this.ticks.get(unit) ?? 0) + 1;
      this.ticks.set(unit, ticks);
      return ticks === TICKS_TO_LEAVE ? [`${unit} has weight ${weights[unit]} after ${ticks} ticks`] : [];
    });
  }
}
