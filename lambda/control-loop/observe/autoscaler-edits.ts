import { KEDA_AUTOSCALER_PREFIX } from '../contract/names';
import type { AutoscalerEdit } from '../model/observation';
import { isSameQuantity } from '../model/quantity';
import type { KubernetesObject } from '../ports';
import { parseQuantity } from './quantity';
import type { ScalerTarget } from './scaler-target';

/** Name of the autoscaler that KEDA makes of a ScaledObject: what its status tells, or KEDA's default. */
export const autoscalerOf = (scaledObject: KubernetesObject): string =>
  (scaledObject.status as { readonly hpaName?: string } | undefined)?.hpaName ?? `${KEDA_AUTOSCALER_PREFIX}${scaledObject.metadata.name}`;

interface ManagedFields {
  readonly manager?: string;
  readonly fieldsV1?: { readonly 'f:spec'?: Readonly<Record<string, unknown>> };
}

interface ExternalMetric {
  readonly external?: { readonly metric?: { readonly name?: unknown }; readonly target?: { readonly averageValue?: unknown } };
}

/**
 * What someone else than KEDA set in the autoscaler that KEDA makes of a ScaledObject, and KEDA has not put back.
 *
 * KEDA's own name among the field managers depends on how it was built, so KEDA is whoever owns `scaleTargetRef`. Another owner alone
 * is not an edit: after an upgrade KEDA may go by another name; the value must differ from the ScaledObject's too.
 *
 * KEDA names the metric of trigger 0 `s0-...`, and that of a formula over all of them `composite-metric`
 * (kedacore/keda `pkg/scaling/modifiers`).
 *
 * @param target of the ScaledObject, where it is
 */
export const autoscalerEdits = (
  scaledObject: KubernetesObject,
  autoscaler: KubernetesObject,
  target: ScalerTarget,
): readonly AutoscalerEdit[] => {
  const { minReplicaCount } = (scaledObject.spec ?? {}) as { readonly minReplicaCount?: unknown };
  const { minReplicas, metrics } = (autoscaler.spec ?? {}) as {
    readonly minReplicas?: unknown;
    readonly metrics?: readonly ExternalMetric[];
  };
  const prefix = target.triggerIndex === undefined ? 'composite-metric' : `s${target.triggerIndex}-`;
  const metric = metrics?.find(({ external }) => String(external?.metric?.name).startsWith(prefix));
  const wantedFloor = parseQuantity(minReplicaCount ?? 0);
  const compared = [
    // An autoscaler has no floor of zero: KEDA scales to zero by itself and gives it one.
    ['floor', 'f:minReplicas', wantedFloor === undefined ? undefined : Math.max(1, wantedFloor), minReplicas ?? 1],
    ['target', 'f:metrics', parseQuantity(target.field.raw), metric?.external?.target?.averageValue],
  ] as const;
  const managers = (autoscaler.metadata.managedFields ?? []) as readonly ManagedFields[];
  const owners = (path: string) => managers.flatMap(({ manager, fieldsV1 }) => (manager && fieldsV1?.['f:spec']?.[path] ? [manager] : []));
  const keda = new Set(owners('f:scaleTargetRef'));
  return compared.flatMap(([field, path, wanted, raw]) => {
    const value = parseQuantity(raw);
    const manager = owners(path).find((owner) => !keda.has(owner));
    const isEdited = wanted !== undefined && value !== undefined && manager !== undefined && !isSameQuantity(value, wanted);
    return isEdited ? [{ field, value, manager }] : [];
  });
};
