import { programDefaults } from '../contract/defaults';
import { kedaAnnotations } from '../contract/names';
import type { Unit } from '../model/fleet';
import type { LiveField, LiveScaler } from '../model/live-scaler';
import { known, type ScalerPause, type ScalerState, type Signal, unknown } from '../model/observation';
import type { KubernetesObject } from '../ports';
import { whyNotReady } from './conditions';
import { parseQuantity } from './quantity';
import { findTarget, type TargetSpec } from './scaler-target';

export interface ScalerReading {
  readonly floor: Signal<number>;
  readonly target: Signal<number>;
  readonly state: Signal<ScalerState>;
  /** Left out where the scaler does not exist. */
  readonly live?: LiveScaler;
}

interface ScaledObjectSpec extends TargetSpec {
  readonly minReplicaCount?: unknown;
  readonly maxReplicaCount?: unknown;
}

interface MetricTarget {
  readonly target?: { readonly averageValue?: unknown };
}

interface AutoscalerSpec {
  readonly minReplicas?: unknown;
  readonly maxReplicas?: unknown;
  readonly metrics?: readonly (Readonly<Record<string, unknown>> & { readonly type?: string })[];
}

/** Reads floor and target of a unit's ScaledObject or HorizontalPodAutoscaler. */
export const readScaler = (
  unit: Pick<Unit, 'scaler' | 'backend'>,
  object: KubernetesObject | undefined,
  atSeconds: number,
): ScalerReading => {
  const { kind, name, metricIndex } = unit.scaler;
  if (object === undefined) {
    const reason = `${kind} ${name} does not exist`;
    return { floor: unknown(reason), target: unknown(reason), state: unknown(reason) };
  }
  const fields = kind === 'ScaledObject' ? scaledObjectFields(object, metricIndex, unit.backend) : autoscalerFields(object, metricIndex);
  return {
    floor: toSignal(`${kind} ${name}`, fields.floor, atSeconds, fields.defaultFloor),
    target: toSignal(`${kind} ${name}`, fields.target, atSeconds),
    state: known(stateOf(object, fields.maximum, kind === 'ScaledObject'), atSeconds),
    live: { resourceVersion: object.metadata.resourceVersion, floor: fields.floor, target: fields.target },
  };
};

const stateOf = (object: KubernetesObject, maximum: unknown, isOfKeda: boolean): ScalerState => {
  const { uid } = object.metadata;
  const maximumReplicas = parseQuantity(maximum);
  const pause = isOfKeda ? pauseOf(object) : undefined;
  const problem = isOfKeda ? whyNotReady(object) : undefined;
  return {
    ...(uid !== undefined && { uid }),
    ...(maximumReplicas !== undefined && maximumReplicas >= 0 && { maximumReplicas }),
    ...(pause !== undefined && { pause }),
    ...(problem !== undefined && { problem }),
  };
};

/**
 * How KEDA's annotations pause a ScaledObject (KEDA documentation, "Scaling Deployments, StatefulSets & Custom Resources", section "Pausing
 * autoscaling"): `paused-replicas` before `paused`, both of which delete the autoscaler, then one direction each. KEDA takes a value of
 * `paused` that is no boolean for a pause (kedacore/keda `apis/keda/v1alpha1/scaledobject_types.go`).
 */
const pauseOf = ({ metadata: { annotations = {} } }: KubernetesObject): ScalerPause | undefined => {
  const { paused, pausedReplicas, pausedScaleIn, pausedScaleOut } = kedaAnnotations;
  const replicas = parseQuantity(annotations[pausedReplicas]);
  if (replicas !== undefined) return { annotation: pausedReplicas, up: true, down: true, replicas };
  if (annotations[paused] !== undefined && !isFalse(annotations[paused])) return { annotation: paused, up: true, down: true };
  const [down, up] = [isTrue(annotations[pausedScaleIn]), isTrue(annotations[pausedScaleOut])];
  return down || up ? { annotation: up ? pausedScaleOut : pausedScaleIn, up, down } : undefined;
};

/** What Go's `strconv.ParseBool` takes for true, and for false. */
const isTrue = (value: string | undefined): boolean => value !== undefined && /^(?:1|t|T|true|TRUE|True)$/.test(value);
const isFalse = (value: string): boolean => /^(?:0|f|F|false|FALSE|False)$/.test(value);

interface Fields {
  readonly floor: LiveField;
  readonly target: LiveField;
  readonly defaultFloor: number;
  readonly maximum: unknown;
}

const field = (path: string, raw: unknown): LiveField => (raw === undefined || raw === null ? { path } : { path, raw });

/** KEDA: `minReplicaCount` is 0 where left out; targets are strings (KEDA documentation, ScaledObject specification). */
const scaledObjectFields = (object: KubernetesObject, index: number, backend: Unit['backend']): Fields => {
  const spec = (object.spec ?? {}) as ScaledObjectSpec;
  return {
    floor: field('/spec/minReplicaCount', spec.minReplicaCount),
    target: findTarget(spec, index, backend).field,
    defaultFloor: 0,
    maximum: spec.maxReplicaCount ?? programDefaults.maximumReplicas,
  };
};

/** `autoscaling/v2`: `minReplicas` is 1 where left out; the target is a quantity under the metric's own type (Kubernetes API reference). */
const autoscalerFields = (object: KubernetesObject, index: number): Fields => {
  const spec = (object.spec ?? {}) as AutoscalerSpec;
  const metric = spec.metrics?.[index];
  const source = metric?.type === undefined ? '' : metric.type.charAt(0).toLowerCase() + metric.type.slice(1);
  const target = (metric?.[source] as MetricTarget | undefined)?.target;
  return {
    floor: field('/spec/minReplicas', spec.minReplicas),
    target: field(`/spec/metrics/${index}/${source}/target/averageValue`, target?.averageValue),
    defaultFloor: 1,
    maximum: spec.maxReplicas,
  };
};

const toSignal = (object: string, { path, raw }: LiveField, atSeconds: number, absent?: number): Signal<number> => {
  if (raw === undefined) return absent === undefined ? unknown(`${object} has no ${path}`) : known(absent, atSeconds);
  const value = parseQuantity(raw);
  if (value === undefined || value < 0) return unknown(`${object}: ${path} is ${JSON.stringify(raw)}, expected a number of at least 0`);
  return known(value, atSeconds);
};
