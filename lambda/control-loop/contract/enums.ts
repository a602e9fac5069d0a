/** Words of a closed list that more than one part of the project speaks. */

/** What the loop may write: nothing; the status only; all that it owns. */
export const enforcements = ['Observe', 'Recommend', 'Enforce'] as const;
export type EnforcementName = (typeof enforcements)[number];

/** Karpenter's capacity types (Karpenter documentation, label `karpenter.sh/capacity-type`). */
export const capacityTypes = ['spot', 'on-demand', 'reserved'] as const;
export type CapacityTypeName = (typeof capacityTypes)[number];

/** Kinds of object that can scale a unit. */
export const scalerKinds = ['ScaledObject', 'HorizontalPodAutoscaler'] as const;
export type ScalerKind = (typeof scalerKinds)[number];

/** Fields that the loop owns, by what they belong to: a field key is `<field>/<name of the unit or pool>`. */
export const unitFields = ['floor', 'target', 'share'] as const;
export const poolFields = ['weight', 'limit'] as const;

/** What an override can name beside those fields: the strategy of the fleet. */
export const STRATEGY_FIELD = 'strategy';

/** Why Karpenter disrupts a node of its own accord (NodePool API, `spec.disruption.budgets[].reasons`). */
export const disruptionReasons = ['Empty', 'Underutilized', 'Drifted'] as const;
