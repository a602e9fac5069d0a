import { describe, expect, it } from 'vitest';
import { autoscalerOf, autoscalerEdits as editsAt } from '../../../../lambda/control-loop/observe/autoscaler-edits';
import { findTarget, type TargetSpec } from '../../../../lambda/control-loop/observe/scaler-target';
import type { KubernetesObject } from '../../../../lambda/control-loop/ports';

/** Edits of the floor, and of the target of one trigger. */
const autoscalerEdits = (scaledObject: KubernetesObject, autoscaler: KubernetesObject, index: number) =>
  editsAt(scaledObject, autoscaler, findTarget((scaledObject.spec ?? {}) as TargetSpec, index, undefined));

const scaledObject = (floor: number | undefined, ...targets: readonly string[]) => ({
  metadata: { name: 'g5' },
  spec: {
    ...(floor === undefined ? {} : { minReplicaCount: floor }),
    triggers: targets.map((targetMetricValue) => ({ type: 'aws-cloudwatch', metadata: { targetMetricValue } })),
  },
});

const metric = (name: string, averageValue: string) => ({
  type: 'External',
  external: { metric: { name }, target: { type: 'AverageValue', averageValue } },
});

/** An entry of `managedFields` as an API server writes it. */
const entry = (manager: string, ...fields: readonly string[]) => ({
  manager,
  operation: 'Update',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
});

const KEDA = entry('keda', 'maxReplicas', 'metrics', 'minReplicas', 'scaleTargetRef');
const STATUS = { ...entry('kube-controller-manager'), subresource: 'status', fieldsV1: { 'f:status': { 'f:conditions': {} } } };

const autoscaler = (minReplicas: number, averageValue: string, managedFields: readonly object[] = [KEDA, STATUS]) => ({
  metadata: { name: 'keda-hpa-g5', managedFields },
  spec: { minReplicas, metrics: [metric('s0-aws-cloudwatch', averageValue)] },
});

describe('an autoscaler that KEDA makes of a ScaledObject', () => {
  it('is found by the name that the ScaledObject tells, else by KEDA’s default', () => {
    expect(autoscalerOf({ ...scaledObject(3, '80'), status: { hpaName: 'own-name' } })).toBe('own-name');
    expect(autoscalerOf(scaledObject(3, '80'))).toBe('keda-hpa-g5');
  });

  it('as KEDA made it has no edits', () => {
    expect(autoscalerEdits(scaledObject(3, '66.667'), autoscaler(3, '66667m'), 0)).toEqual([]);
    // A floor of zero or none is one in the autoscaler.
    expect(autoscalerEdits(scaledObject(0, '80'), autoscaler(1, '80'), 0)).toEqual([]);
    expect(autoscalerEdits(scaledObject(undefined, '80'), autoscaler(1, '80'), 0)).toEqual([]);
  });

  it('that KEDA has not brought up to date yet has none either', () => {
    expect(autoscalerEdits(scaledObject(5, '72'), autoscaler(3, '80'), 0)).toEqual([]);
  });

  it('tells what someone else set, and who', () => {
    const withoutFloor = entry('keda', 'maxReplicas', 'metrics', 'scaleTargetRef');
    expect(autoscalerEdits(scaledObject(3, '80'), autoscaler(5, '80', [entry('kubectl-edit', 'minReplicas'), withoutFloor]), 0)).toEqual([
      { field: 'floor', value: 5, manager: 'kubectl-edit' },
    ]);
    const withoutBoth = entry('keda', 'maxReplicas', 'scaleTargetRef');
    const both = [withoutBoth, entry('argocd-controller', 'metrics', 'minReplicas'), STATUS];
    expect(autoscalerEdits(scaledObject(3, '80'), autoscaler(1, '40500m', both), 0)).toEqual([
      { field: 'floor', value: 1, manager: 'argocd-controller' },
      { field: 'target', value: 40.5, manager: 'argocd-controller' },
    ]);
  });

  it('has no edits where KEDA goes by another name than when it made it', () => {
    const renamed = [entry('keda', 'maxReplicas', 'metrics', 'scaleTargetRef'), entry('keda-operator', 'minReplicas')];
    expect(autoscalerEdits(scaledObject(4, '80'), autoscaler(4, '80', renamed), 0)).toEqual([]);
  });

  it('is compared by the metric of the trigger that the loop steers', () => {
    const edited = [entry('keda', 'maxReplicas', 'minReplicas', 'scaleTargetRef'), entry('kubectl-edit', 'metrics')];
    const two = {
      metadata: { name: 'keda-hpa-g5', managedFields: edited },
      spec: { minReplicas: 1, metrics: [metric('s1-aws-cloudwatch', '70'), metric('s0-prometheus', '9')] },
    };
    expect(autoscalerEdits(scaledObject(1, '10', '70'), two, 1)).toEqual([]);
    expect(autoscalerEdits(scaledObject(1, '10', '60'), two, 1)).toEqual([{ field: 'target', value: 70, manager: 'kubectl-edit' }]);
  });

  it('of which nothing can be read has none', () => {
    expect(autoscalerEdits({ metadata: { name: 'g5' } }, { metadata: { name: 'keda-hpa-g5' } }, 0)).toEqual([]);
    expect(autoscalerEdits(scaledObject(3, 'fast'), autoscaler(3, '80', [{}, { manager: 'x' }, { fieldsV1: {} }]), 0)).toEqual([]);
  });
});
