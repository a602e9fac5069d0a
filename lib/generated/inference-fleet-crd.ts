/** The CustomResourceDefinition of `InferenceFleet`, made from the loop's schema of a fleet by `npm run generate`: change it there. */
export const INFERENCE_FLEET_CRD: { readonly [key: string]: unknown } = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'inferencefleets.adaptive-inference.dev',
  },
  spec: {
    group: 'adaptive-inference.dev',
    scope: 'Namespaced',
    names: {
      kind: 'InferenceFleet',
      listKind: 'InferenceFleetList',
      plural: 'inferencefleets',
      singular: 'inferencefleet',
    },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: {
          status: {},
        },
        additionalPrinterColumns: [
          {
            name: 'Strategy',
            type: 'string',
            jsonPath: '.status.strategy',
            description: 'Strategy of the policy.',
          },
          {
            name: 'Policy',
            type: 'string',
            jsonPath: '.spec.policy.name',
            description: 'Policy that decides.',
          },
          {
            name: 'Enforcement',
            type: 'string',
            jsonPath: '.spec.enforcement',
            description: 'What the loop may write.',
          },
          {
            name: 'Shares',
            type: 'string',
            jsonPath: '.status.shares',
            description: 'Traffic by unit.',
          },
          {
            name: 'Ready',
            type: 'string',
            jsonPath: '.status.ready',
            description: 'Ready pods.',
          },
          {
            name: 'Reason',
            type: 'string',
            jsonPath: '.status.reason',
            description: 'Why the policy follows its strategy.',
          },
          {
            name: 'Age',
            type: 'date',
            jsonPath: '.metadata.creationTimestamp',
            description: 'Age of the fleet.',
          },
        ],
        schema: {
          openAPIV3Schema: {
            description: 'A fleet of deployment units that serve one model behind one endpoint.',
            type: 'object',
            required: ['spec'],
            properties: {
              apiVersion: {
                type: 'string',
              },
              kind: {
                type: 'string',
              },
              metadata: {
                type: 'object',
              },
              spec: {
                description: 'What the user wants of the fleet.',
                type: 'object',
                properties: {
                  objective: {
                    type: 'object',
                    properties: {
                      latencySeconds: {
                        type: 'number',
                        minimum: 0,
                        exclusiveMinimum: true,
                        maximum: 3600,
                        description: 'The latency that a request should not exceed, in seconds.',
                      },
                      percentile: {
                        default: 95,
                        type: 'number',
                        minimum: 0,
                        exclusiveMinimum: true,
                        maximum: 100,
                        exclusiveMaximum: true,
                        description: 'The percentile of latency that is watched, between 0 and 100.',
                      },
                      attainment: {
                        default: 0.99,
                        type: 'number',
                        minimum: 0,
                        exclusiveMinimum: true,
                        maximum: 1,
                        description: 'The share of all requests to be answered within the latency, above 0, at most 1.',
                      },
                    },
                    required: ['latencySeconds'],
                  },
                  enforcement: {
                    default: 'Enforce',
                    description: 'Observe writes nothing, Recommend writes status only, Enforce acts.',
                    type: 'string',
                    enum: ['Observe', 'Recommend', 'Enforce'],
                  },
                  policy: {
                    default: {},
                    type: 'object',
                    properties: {
                      name: {
                        default: 'TwoMode',
                        description: 'The policy that decides.',
                        type: 'string',
                        enum: ['TwoMode', 'Optimizer', 'Static'],
                      },
                      returnAfterSeconds: {
                        default: 600,
                        type: 'number',
                        minimum: 0,
                        maximum: 86400,
                        description:
                          'How long every unit must have a pool free of shortage before TwoMode returns to CostOptimized, in seconds.',
                      },
                      targetUtilization: {
                        default: 0.8,
                        type: 'number',
                        minimum: 0,
                        exclusiveMinimum: true,
                        maximum: 1,
                        description: 'Part of the profile throughput that is used as scaling target, above 0, at most 1.',
                      },
                    },
                  },
                  learning: {
                    default: {},
                    type: 'object',
                    properties: {
                      enabled: {
                        default: true,
                        type: 'boolean',
                        description:
                          'Whether decisions follow the profiles that are learned from the observed latency; otherwise they are shown only.',
                      },
                      minimumFactor: {
                        default: 0.2,
                        type: 'number',
                        minimum: 0,
                        exclusiveMinimum: true,
                        maximum: 1,
                        description:
                          'The least that a learned throughput may be, as a factor of the stated one; durations are bounded by its inverse.',
                      },
                      maximumFactor: {
                        default: 1,
                        type: 'number',
                        minimum: 1,
                        maximum: 10,
                        description:
                          'The most that a learned throughput may be, as a factor of the stated one; durations are bounded by its inverse.',
                      },
                    },
                  },
                  resilience: {
                    default: 1,
                    type: 'number',
                    minimum: 0,
                    maximum: 1,
                    description: 'Fraction of demand to be served after the loss of any one pool, 0 to 1.',
                  },
                  contestedRetryAfterSeconds: {
                    default: 3600,
                    type: 'number',
                    minimum: 60,
                    maximum: 2592000,
                    description: 'How long a field that another writer changed is left alone before the loop writes it again, in seconds.',
                  },
                  router: {
                    type: 'object',
                    properties: {
                      listenerRuleArn: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 2048,
                        description: 'ARN of the ALB listener rule that carries the weights of the units.',
                      },
                    },
                    required: ['listenerRuleArn'],
                  },
                  units: {
                    minItems: 1,
                    maxItems: 50,
                    type: 'array',
                    items: {
                      type: 'object',
                      properties: {
                        name: {
                          type: 'string',
                          pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
                          description: 'Name of the unit, unique in its fleet.',
                        },
                        accelerator: {
                          type: 'string',
                          minLength: 1,
                          maxLength: 2048,
                          description: 'Chip family, for example A10G, L4, INFERENTIA2, TRAINIUM1.',
                        },
                        deployment: {
                          type: 'string',
                          pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
                          description: 'Name of the Deployment, in the namespace of the fleet.',
                        },
                        scaler: {
                          type: 'object',
                          properties: {
                            kind: {
                              type: 'string',
                              enum: ['ScaledObject', 'HorizontalPodAutoscaler'],
                              description: 'What scales the unit: a KEDA ScaledObject or a plain HorizontalPodAutoscaler.',
                            },
                            name: {
                              type: 'string',
                              pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
                              description: 'Name of that object, in the namespace of the fleet.',
                            },
                            metricIndex: {
                              default: 0,
                              type: 'integer',
                              minimum: 0,
                              maximum: 100,
                              description:
                                'Index of the trigger (ScaledObject) or metric (HorizontalPodAutoscaler) that carries the target.',
                            },
                          },
                          required: ['kind', 'name'],
                        },
                        pools: {
                          minItems: 1,
                          maxItems: 50,
                          type: 'array',
                          items: {
                            type: 'string',
                            pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
                            description: 'Name of a pool of the fleet that can host the pods of this unit.',
                          },
                        },
                        devicesPerPod: {
                          default: 1,
                          type: 'integer',
                          minimum: 1,
                          maximum: 64,
                          description: 'Accelerator devices one pod asks for.',
                        },
                        instanceTypes: {
                          minItems: 1,
                          maxItems: 50,
                          type: 'array',
                          items: {
                            type: 'string',
                            minLength: 1,
                            maxLength: 2048,
                            description:
                              'Instance type of its pools that holds a pod of this unit: devices, memory and CPU. Left out: every one that has its devices.',
                          },
                        },
                        profile: {
                          type: 'object',
                          properties: {
                            throughputPerMinute: {
                              type: 'number',
                              minimum: 0,
                              exclusiveMinimum: true,
                              description: 'Requests per minute one pod sustains at its breaking point.',
                            },
                            latencySeconds: {
                              type: 'number',
                              minimum: 0,
                              exclusiveMinimum: true,
                              maximum: 3600,
                              description: 'Latency of one request at that throughput, in seconds.',
                            },
                            coldStartSeconds: {
                              type: 'number',
                              minimum: 0,
                              maximum: 86400,
                              description: 'Time from asking for a pod to its first answer when a node must be launched, in seconds.',
                            },
                          },
                          required: ['throughputPerMinute', 'latencySeconds', 'coldStartSeconds'],
                        },
                        targetGroupArn: {
                          type: 'string',
                          minLength: 1,
                          maxLength: 2048,
                          description: 'ARN of the ALB target group; left out where the fleet has no router.',
                        },
                        minimumReplicas: {
                          default: 1,
                          type: 'integer',
                          minimum: 0,
                          maximum: 10000,
                          description: 'Lowest floor the loop may set, in replicas.',
                        },
                        maximumReplicas: {
                          default: 100,
                          type: 'integer',
                          minimum: 1,
                          maximum: 10000,
                          description: 'Highest floor the loop may set, in replicas; the scaler states the same maximum.',
                        },
                        costShare: {
                          type: 'number',
                          minimum: 0,
                          maximum: 1,
                          description:
                            'Share of the traffic while the strategy is CostOptimized, 0 to 1; computed from profile and price where no unit states one.',
                        },
                        maximumShare: {
                          type: 'number',
                          minimum: 0,
                          exclusiveMinimum: true,
                          maximum: 1,
                          exclusiveMaximum: true,
                          description:
                            'Makes the unit a canary: the most of the traffic that it gets, above 0, below 1. Other units do not count on it.',
                        },
                      },
                      required: ['name', 'accelerator', 'deployment', 'scaler', 'pools', 'profile'],
                    },
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                  },
                  pools: {
                    minItems: 1,
                    maxItems: 100,
                    type: 'array',
                    items: {
                      type: 'object',
                      properties: {
                        name: {
                          type: 'string',
                          pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
                          description: 'Name of the Karpenter NodePool.',
                        },
                        accelerator: {
                          type: 'string',
                          minLength: 1,
                          maxLength: 2048,
                          description: 'Chip family, as in the units that the pool hosts.',
                        },
                        capacityType: {
                          type: 'string',
                          enum: ['spot', 'on-demand', 'reserved'],
                          description: "Karpenter's capacity type.",
                        },
                        deviceResource: {
                          type: 'string',
                          minLength: 1,
                          maxLength: 2048,
                          description: 'Extended resource of the devices, for example nvidia.com/gpu or aws.amazon.com/neuron.',
                        },
                        instanceTypes: {
                          minItems: 1,
                          maxItems: 50,
                          type: 'array',
                          items: {
                            type: 'object',
                            properties: {
                              name: {
                                type: 'string',
                                minLength: 1,
                                maxLength: 2048,
                                description: 'EC2 instance type, for example inf2.xlarge.',
                              },
                              devices: {
                                type: 'integer',
                                minimum: 1,
                                maximum: 1024,
                                description: 'Accelerator devices on one instance.',
                              },
                              priceUsdPerHour: {
                                type: 'number',
                                minimum: 0,
                                description: 'On-demand price of one instance, in US dollars per hour.',
                              },
                            },
                            required: ['name', 'devices', 'priceUsdPerHour'],
                          },
                        },
                        maximumDevices: {
                          type: 'integer',
                          minimum: 0,
                          maximum: 100000,
                          description: 'Devices the pool may grow to.',
                        },
                        zones: {
                          maxItems: 20,
                          type: 'array',
                          items: {
                            type: 'string',
                            minLength: 1,
                            maxLength: 2048,
                            description: 'Availability zone.',
                          },
                        },
                        capacityReservationIds: {
                          maxItems: 20,
                          type: 'array',
                          items: {
                            type: 'string',
                            minLength: 1,
                            maxLength: 2048,
                            description: 'Capacity reservation that a reserved pool draws on.',
                          },
                        },
                      },
                      required: ['name', 'accelerator', 'capacityType', 'deviceResource', 'instanceTypes', 'maximumDevices'],
                    },
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                  },
                },
                required: ['objective', 'units', 'pools'],
              },
              status: {
                description: 'What the loop shows and remembers; written by the loop alone.',
                type: 'object',
                properties: {
                  observedGeneration: {
                    description: 'Generation of the spec that the loop last read.',
                    type: 'integer',
                    format: 'int64',
                  },
                  lastTickTime: {
                    description: 'When the last tick decided.',
                    type: 'string',
                    format: 'date-time',
                  },
                  strategy: {
                    description: 'One of CostOptimized, CapacityOptimized, LeastCost, Static; Invalid for a spec that is refused.',
                    type: 'string',
                  },
                  policy: {
                    description: 'Policy that decided.',
                    type: 'string',
                  },
                  shares: {
                    description: 'Percent of the traffic by unit.',
                    type: 'string',
                  },
                  ready: {
                    description: 'Ready pods of those asked for.',
                    type: 'string',
                  },
                  reason: {
                    description: 'Why the policy follows its strategy.',
                    type: 'string',
                  },
                  profiles: {
                    description: 'Profile of each unit, as its user states it and as the loop learned it.',
                    type: 'array',
                    items: {
                      type: 'object',
                      required: ['unit', 'stated', 'learned'],
                      properties: {
                        unit: {
                          description: 'Name of the unit.',
                          type: 'string',
                        },
                        stated: {
                          description: 'What the user states.',
                          type: 'object',
                          properties: {
                            throughputPerMinute: {
                              description: 'Requests per minute that one pod sustains.',
                              type: 'number',
                            },
                            latencySeconds: {
                              description: 'Latency of one request at that throughput, in seconds.',
                              type: 'number',
                            },
                            coldStartSeconds: {
                              description: 'Time from asking for a pod to its first answer when a node must be launched, in seconds.',
                              type: 'number',
                            },
                          },
                        },
                        learned: {
                          description: 'What the loop learned from what it observed.',
                          type: 'object',
                          properties: {
                            throughputPerMinute: {
                              description: 'Requests per minute that one pod sustains.',
                              type: 'number',
                            },
                            latencySeconds: {
                              description: 'Latency of one request at that throughput, in seconds.',
                              type: 'number',
                            },
                            coldStartSeconds: {
                              description: 'Time from asking for a pod to its first answer when a node must be launched, in seconds.',
                              type: 'number',
                            },
                          },
                        },
                        partedSince: {
                          description: 'Since when they differ by more than a fifth.',
                          type: 'string',
                          format: 'date-time',
                        },
                        slowSince: {
                          description: 'Since when the unit has been slower than its objective with any number of pods.',
                          type: 'string',
                          format: 'date-time',
                        },
                      },
                    },
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['unit'],
                  },
                  conditions: {
                    type: 'array',
                    items: {
                      type: 'object',
                      required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
                      properties: {
                        type: {
                          description: 'Type of the condition.',
                          type: 'string',
                        },
                        status: {
                          description: 'Whether it holds.',
                          type: 'string',
                          enum: ['True', 'False', 'Unknown'],
                        },
                        reason: {
                          description: 'Why, in one word.',
                          type: 'string',
                        },
                        message: {
                          description: 'Why, in a sentence.',
                          type: 'string',
                        },
                        lastTransitionTime: {
                          description: 'When the status last changed.',
                          type: 'string',
                          format: 'date-time',
                        },
                        observedGeneration: {
                          description: 'Generation of the spec it speaks of.',
                          type: 'integer',
                          format: 'int64',
                        },
                      },
                    },
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                  },
                  lastDecision: {
                    description: 'The last decision, its inputs and reasons; read it with `npx cdk-adaptive-inference explain`.',
                    type: 'object',
                    'x-kubernetes-preserve-unknown-fields': true,
                  },
                  memory: {
                    description: 'What the loop remembers between ticks.',
                    type: 'object',
                    'x-kubernetes-preserve-unknown-fields': true,
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};
