import { fleetsOf, poolsOf, unitsOf } from './fleets';
import type { Scenario } from './scenario';

/** Kinds of object that a scenario has by name, in the order of their names in it. */
const namesByKind = {
  NodePool: (scenario: Scenario) => poolsOf(scenario).map(({ name }) => name),
  ScaledObject: (scenario: Scenario) => scalersOf('ScaledObject', scenario),
  HorizontalPodAutoscaler: (scenario: Scenario) => scalersOf('HorizontalPodAutoscaler', scenario),
  Deployment: (scenario: Scenario) => unitsOf(scenario).map(({ deployment }) => deployment),
  InferenceFleet: (scenario: Scenario) => fleetsOf(scenario).map(({ name }) => name),
  /** By the names of their fleets. */
  ListenerRule: (scenario: Scenario) => fleetsOf(scenario).flatMap(({ name, fleet }) => (fleet.router === undefined ? [] : [name])),
};

type KindOfObject = keyof typeof namesByKind;

export const isKindOfObject = (kind: string): kind is KindOfObject => Object.hasOwn(namesByKind, kind);

/** Names of the objects of a kind. */
export const namesOf = (kind: KindOfObject, scenario: Scenario): readonly string[] => namesByKind[kind](scenario);

const scalersOf = (kind: 'ScaledObject' | 'HorizontalPodAutoscaler', scenario: Scenario): readonly string[] =>
  unitsOf(scenario)
    .filter(({ scaler }) => scaler.kind === kind)
    .map(({ scaler }) => scaler.name);
