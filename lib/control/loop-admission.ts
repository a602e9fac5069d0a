import type { Construct, IConstruct } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import {
  API_GROUP,
  FIELD_MANAGER,
  kedaTargetFields,
  labels,
  loopAccess,
  podAnnotations,
  poolAnnotations,
  resources,
} from '../generated/contract';

const ADMISSION = 'admissionregistration.k8s.io/v1';

/** Fields of `metadata` that the API server keeps itself. */
const KEPT_BY_SERVER = ['generation', 'managedFields', 'resourceVersion'];

/** Targets are decimal numbers in text; nothing else is let into a trigger, whose other fields name hosts and credentials. */
const NUMBER = '^[0-9]+([.][0-9]+)?$';

/** A value as a literal of CEL, whose texts, lists and maps are written as in JSON. */
const literal = (value: unknown): string => JSON.stringify(value);

/** CEL: two maps are the same, apart from some of their keys. `key` names the variable, for comparisons within comparisons. */
const sameExcept = (now: string, was: string, keys: readonly string[], key = 'key'): string => {
  const isFree = `${key} in ${literal(keys)}`;
  return `${now}.all(${key}, value, ${isFree} || (${key} in ${was} && ${was}[${key}] == value)) && ${was}.all(${key}, ${isFree} || ${key} in ${now})`;
};

/** CEL: a part of the object as it will be and as it was, empty where it is left out. */
const partOf = (path: string, empty: '{}' | '[]'): readonly [now: string, was: string] => [
  `variables.now.?${path}.orValue(${empty})`,
  `variables.was.?${path}.orValue(${empty})`,
];

interface Validation {
  /** The resource whose updates are judged; left out of a validation of every request. */
  readonly updateOf?: { readonly plural: string };
  readonly expression: string;
  readonly message: string;
}

const { nodePools, scaledObjects, horizontalPodAutoscalers, pods, inferenceFleets, events } = resources;
const UPDATED = [nodePools, scaledObjects, horizontalPodAutoscalers, pods];

const ONLY = 'the control loop may change only';

const requests: Validation = {
  expression: [
    `variables.updated in ${literal(UPDATED.map(({ plural }) => plural))}`,
    `request.operation == "UPDATE" && request.resource.resource == "${inferenceFleets.plural}" && variables.subresource == "status"`,
    `request.operation == "CREATE" && request.resource.resource == "${events.plural}" && variables.subresource == ""`,
  ]
    .map((one) => `(${one})`)
    .join(' || '),
  message:
    'the control loop may update NodePools, ScaledObjects, HorizontalPodAutoscalers, pods and the status of fleets, create Events, and nothing else',
};

const metadata: Validation = {
  expression: `variables.updated in ["", "${pods.plural}"] || (${sameExcept('variables.now.metadata', 'variables.was.metadata', KEPT_BY_SERVER)})`,
  message: 'the control loop may change no labels, annotations, finalizers or owners',
};

const event: Validation = {
  expression: [
    `request.resource.resource != "${events.plural}"`,
    [
      `variables.now.?involvedObject.?kind.orValue("") == "${inferenceFleets.kind}"`,
      `variables.now.?involvedObject.?apiVersion.orValue("").startsWith("${API_GROUP}/")`,
      `variables.now.?source.?component.orValue("") == "${FIELD_MANAGER}"`,
    ].join(' && '),
  ].join(' || '),
  message: 'the control loop may create Events about fleets only, in its own name',
};

const pod = ((): readonly Validation[] => {
  const [now, was] = partOf('metadata.?annotations', '{}');
  return [
    {
      updateOf: pods,
      expression: `"${labels.fleet}" in variables.was.metadata.?labels.orValue({})`,
      message: `the control loop may change only pods with the label ${labels.fleet}`,
    },
    {
      updateOf: pods,
      expression: [
        sameExcept('variables.now.metadata', 'variables.was.metadata', [...KEPT_BY_SERVER, 'annotations']),
        sameExcept(now, was, [podAnnotations.deletionCost]),
        sameExcept('variables.now.spec', 'variables.was.spec', []),
      ].join(' && '),
      message: `${ONLY} the annotation ${podAnnotations.deletionCost} of a pod`,
    },
  ];
})();

const nodePool = ((): readonly Validation[] => {
  const [now, was] = partOf('spec.?limits', '{}');
  return [
    {
      updateOf: nodePools,
      expression: `"${poolAnnotations.namespaces}" in variables.was.metadata.?annotations.orValue({})`,
      message: `the control loop may change only NodePools with the annotation ${poolAnnotations.namespaces}`,
    },
    {
      updateOf: nodePools,
      expression: sameExcept('variables.now.spec', 'variables.was.spec', ['weight', 'limits']),
      message: `${ONLY} weight and limits of a NodePool`,
    },
    {
      updateOf: nodePools,
      // Kubernetes' own resources have no domain in their names.
      expression: `${now}.all(key, value, key.contains("/") || (key in ${was} && ${was}[key] == value)) && ${was}.all(key, key.contains("/") || key in ${now})`,
      message: `${ONLY} limits of device resources, such as nvidia.com/gpu, not of cpu, memory or nodes`,
    },
  ];
})();

const scaledObject = ((): readonly Validation[] => {
  const [triggers, triggersWere] = partOf('spec.?triggers', '[]');
  const [advanced, advancedWas] = partOf('spec.?advanced', '{}');
  const [modifiers, modifiersWere] = partOf('spec.?advanced.?scalingModifiers', '{}');
  const isTarget = `trigger.type in variables.targetFields && variables.targetFields[trigger.type] == field && field in ${triggersWere}[index].metadata && string(value).matches(${literal(NUMBER)})`;
  const sameMetadata = [
    `trigger.metadata.all(field, value, (field in ${triggersWere}[index].metadata && ${triggersWere}[index].metadata[field] == value) || (${isTarget}))`,
    `${triggersWere}[index].metadata.all(field, field in trigger.metadata)`,
  ].join(' && ');
  return [
    {
      updateOf: scaledObjects,
      expression: sameExcept('variables.now.spec', 'variables.was.spec', ['minReplicaCount', 'triggers', 'advanced']),
      message: `${ONLY} minReplicaCount and the target of a ScaledObject`,
    },
    {
      updateOf: scaledObjects,
      expression: `size(${triggers}) == size(${triggersWere}) && ${triggers}.all(index, trigger, ${sameExcept('trigger', `${triggersWere}[index]`, ['metadata'])} && ${sameMetadata})`,
      message: `${ONLY} the target of a trigger, to a number`,
    },
    {
      updateOf: scaledObjects,
      expression: [
        sameExcept(advanced, advancedWas, ['scalingModifiers']),
        sameExcept(modifiers, modifiersWere, ['target']),
        `(!("target" in ${modifiers}) || string(${modifiers}.target).matches(${literal(NUMBER)}))`,
      ].join(' && '),
      message: `${ONLY} scalingModifiers.target of a ScaledObject's advanced fields, to a number`,
    },
  ];
})();

const autoscaler = ((): readonly Validation[] => {
  const [metrics, metricsWere] = partOf('spec.?metrics', '[]');
  const was = `${metricsWere}[index]`;
  const sameSource = `kind != "type" && kind in ${was} && ${sameExcept('source', `${was}[kind]`, ['target'])} && ${sameExcept('source.target', `${was}[kind].target`, ['averageValue'])}`;
  return [
    {
      updateOf: horizontalPodAutoscalers,
      expression: sameExcept('variables.now.spec', 'variables.was.spec', ['minReplicas', 'metrics']),
      message: `${ONLY} minReplicas and the target of a HorizontalPodAutoscaler`,
    },
    {
      updateOf: horizontalPodAutoscalers,
      expression: `size(${metrics}) == size(${metricsWere}) && ${metrics}.all(index, metric, metric.all(kind, source, (kind in ${was} && ${was}[kind] == source) || (${sameSource})) && ${was}.all(kind, kind in metric))`,
      message: `${ONLY} averageValue of a metric`,
    },
  ];
})();

/**
 * What the API server lets members of the loop's group write, whatever their roles grant: the fields that the loop owns. It is judged by
 * group, because the group is what gives the loop its rights.
 */
const policySpec = () => ({
  failurePolicy: 'Fail',
  matchConstraints: {
    resourceRules: [...UPDATED, inferenceFleets, events].map(({ group, version, plural }) => ({
      apiGroups: [group],
      apiVersions: [version],
      operations: ['CREATE', 'UPDATE', 'DELETE'],
      resources: [plural, `${plural}/*`],
    })),
  },
  matchConditions: [
    { name: 'of-the-control-loop', expression: `has(request.userInfo.groups) && "${loopAccess.group}" in request.userInfo.groups` },
  ],
  variables: [
    { name: 'now', expression: 'dyn(object)' },
    { name: 'was', expression: 'dyn(oldObject)' },
    { name: 'subresource', expression: 'has(request.subResource) ? request.subResource : ""' },
    // The resource whose main part is updated, or nothing.
    { name: 'updated', expression: 'request.operation == "UPDATE" && variables.subresource == "" ? request.resource.resource : ""' },
    { name: 'targetFields', expression: literal(kedaTargetFields) },
  ],
  validations: [requests, metadata, event, ...pod, ...nodePool, ...scaledObject, ...autoscaler].map(
    ({ updateOf, expression, message }) => ({
      expression: updateOf === undefined ? expression : `variables.updated != "${updateOf.plural}" || (${expression})`,
      message,
      reason: 'Forbidden',
    }),
  ),
});

/** Has the API server refuse every write of the loop to a field that is not the loop's. */
export function loopAdmission(scope: Construct, cluster: IInferenceCluster): IConstruct {
  const { role: name } = loopAccess;
  const policy = cluster.addManifest(scope, `ValidatingAdmissionPolicy-${name}`, {
    apiVersion: ADMISSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: policySpec(),
  });
  const binding = cluster.addManifest(scope, `ValidatingAdmissionPolicyBinding-${name}`, {
    apiVersion: ADMISSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  });
  binding.node.addDependency(policy);
  return binding;
}
