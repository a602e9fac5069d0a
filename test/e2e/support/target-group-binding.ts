import { create } from '../cluster/definitions';
import type { TestCluster } from '../cluster/test-bed';

const text = { type: 'string' } as const;
const port = { 'x-kubernetes-int-or-string': true } as const;

/**
 * The definition of TargetGroupBinding, `elbv2.k8s.aws/v1beta1`. Its controller publishes no Go module that carries it, so the schema is
 * written here: fields, types, enumerations and required fields of AWS Load Balancer Controller v2.14 to v3.5
 * (`config/crd/bases/elbv2.k8s.aws_targetgroupbindings.yaml`), without descriptions and without the checks of its webhook.
 */
const targetGroupBindingDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'targetgroupbindings.elbv2.k8s.aws' },
  spec: {
    group: 'elbv2.k8s.aws',
    scope: 'Namespaced',
    names: {
      kind: 'TargetGroupBinding',
      listKind: 'TargetGroupBindingList',
      plural: 'targetgroupbindings',
      singular: 'targetgroupbinding',
    },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              apiVersion: text,
              kind: text,
              metadata: { type: 'object' },
              spec: {
                type: 'object',
                required: ['serviceRef'],
                properties: {
                  serviceRef: { type: 'object', required: ['name', 'port'], properties: { name: text, port } },
                  targetGroupARN: text,
                  targetGroupName: text,
                  targetType: { ...text, enum: ['instance', 'ip'] },
                  ipAddressType: { ...text, enum: ['ipv4', 'ipv6'] },
                  vpcID: text,
                  iamRoleArnToAssume: text,
                  assumeRoleExternalId: text,
                  multiClusterTargetGroup: { type: 'boolean' },
                  networking: {
                    type: 'object',
                    properties: {
                      ingress: {
                        type: 'array',
                        items: {
                          type: 'object',
                          required: ['from', 'ports'],
                          properties: {
                            from: {
                              type: 'array',
                              items: {
                                type: 'object',
                                properties: {
                                  ipBlock: { type: 'object', required: ['cidr'], properties: { cidr: text } },
                                  securityGroup: { type: 'object', required: ['groupID'], properties: { groupID: text } },
                                },
                              },
                            },
                            ports: {
                              type: 'array',
                              items: { type: 'object', properties: { port, protocol: { ...text, enum: ['TCP', 'UDP'] } } },
                            },
                          },
                        },
                      },
                    },
                  },
                  nodeSelector: {
                    type: 'object',
                    properties: {
                      matchLabels: { type: 'object', additionalProperties: text },
                      matchExpressions: {
                        type: 'array',
                        items: {
                          type: 'object',
                          required: ['key', 'operator'],
                          properties: { key: text, operator: text, values: { type: 'array', items: text } },
                        },
                      },
                    },
                  },
                },
              },
              status: { type: 'object', properties: { observedGeneration: { type: 'integer', format: 'int64' } } },
            },
          },
        },
      },
    ],
  },
};

/** Adds the definition where the cluster has none; `false` where it has one, with the controller that it belongs to. */
export const addTargetGroupBindingDefinition = async ({ kubectl }: TestCluster): Promise<boolean> => {
  const { name } = targetGroupBindingDefinition.metadata;
  if ((await kubectl(['get', 'crd', name, '--ignore-not-found', '-o', 'name'])).trim() !== '') return false;
  await create(kubectl, targetGroupBindingDefinition);
  return true;
};
