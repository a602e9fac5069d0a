import { KEDA_AUTOSCALER_PREFIX, resources } from '../../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import type { TestCluster } from '../cluster/test-bed';

/** Of the ScaledObject `chat-g5`. */
export const AUTOSCALER = `${KEDA_AUTOSCALER_PREFIX}chat-g5`;

/** The autoscaler that KEDA makes of it, once it is there. */
export const autoscalerOf = ({ api }: TestCluster): Promise<KubernetesObject | undefined> =>
  api.find(resources.horizontalPodAutoscalers, AUTOSCALER, 'default');

/** Sets floor and target of the ScaledObject, by the kind of patch that the loop makes. */
export const setScaler = async (
  { api }: TestCluster,
  { floor, target }: { readonly floor: number; readonly target: string },
): Promise<void> => {
  await api.jsonPatch(resources.scaledObjects, 'chat-g5', 'default', [
    { op: 'replace', path: '/spec/minReplicaCount', value: floor },
    { op: 'replace', path: '/spec/triggers/0/metadata/targetMetricValue', value: target },
  ]);
};
