import { strategies } from '../../contract/policies';
import { structuralSchemaOf } from '../json-schema';
import { FleetSpecSchema } from './schema';

const text = (description: string) => ({ description, type: 'string' });

const number = (description: string) => ({ description, type: 'number' });

const profile = (description: string) => ({
  description,
  type: 'object',
  properties: {
    throughputPerMinute: number('Requests per minute that one pod sustains.'),
    latencySeconds: number('Latency of one request at that throughput, in seconds.'),
    coldStartSeconds: number('Time from asking for a pod to its first answer when a node must be launched, in seconds.'),
  },
});

const statusSchema = {
  description: 'What the loop shows and remembers; written by the loop alone.',
  type: 'object',
  properties: {
    observedGeneration: { description: 'Generation of the spec that the loop last read.', type: 'integer', format: 'int64' },
    lastTickTime: { ...text('When the last tick decided.'), format: 'date-time' },
    strategy: text(`One of ${strategies.join(', ')}; Invalid for a spec that is refused.`),
    policy: text('Policy that decided.'),
    shares: text('Percent of the traffic by unit.'),
    ready: text('Ready pods of those asked for.'),
    reason: text('Why the policy follows its strategy.'),
    profiles: {
      description: 'Profile of each unit, as its user states it and as the loop learned it.',
      type: 'array',
      items: {
        type: 'object',
        required: ['unit', 'stated', 'learned'],
        properties: {
          unit: text('Name of the unit.'),
          stated: profile('What the user states.'),
          learned: profile('What the loop learned from what it observed.'),
          partedSince: { ...text('Since when they differ by more than a fifth.'), format: 'date-time' },
          slowSince: { ...text('Since when the unit has been slower than its objective with any number of pods.'), format: 'date-time' },
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
          type: text('Type of the condition.'),
          status: { ...text('Whether it holds.'), enum: ['True', 'False', 'Unknown'] },
          reason: text('Why, in one word.'),
          message: text('Why, in a sentence.'),
          lastTransitionTime: { ...text('When the status last changed.'), format: 'date-time' },
          observedGeneration: { description: 'Generation of the spec it speaks of.', type: 'integer', format: 'int64' },
        },
      },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    },
    // The shape of these two follows the loop's version, not the version of the custom resource.
    lastDecision: {
      description: 'The last decision, its inputs and reasons; read it with `npx cdk-adaptive-inference explain`.',
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
    },
    memory: { description: 'What the loop remembers between ticks.', type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

/** Schema and printer columns of the version: spec from the schema of a fleet, status as the loop writes it. */
export const definition = (): Readonly<Record<string, unknown>> => ({
  subresources: { status: {} },
  additionalPrinterColumns: [
    column('Strategy', 'string', '.status.strategy', 'Strategy of the policy.'),
    column('Policy', 'string', '.spec.policy.name', 'Policy that decides.'),
    column('Enforcement', 'string', '.spec.enforcement', 'What the loop may write.'),
    column('Shares', 'string', '.status.shares', 'Traffic by unit.'),
    column('Ready', 'string', '.status.ready', 'Ready pods.'),
    column('Reason', 'string', '.status.reason', 'Why the policy follows its strategy.'),
    column('Age', 'date', '.metadata.creationTimestamp', 'Age of the fleet.'),
  ],
  schema: {
    openAPIV3Schema: {
      description: 'A fleet of deployment units that serve one model behind one endpoint.',
      type: 'object',
      required: ['spec'],
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { type: 'object' },
        spec: { description: 'What the user wants of the fleet.', ...structuralSchemaOf(FleetSpecSchema, ['units', 'pools']) },
        status: statusSchema,
      },
    },
  },
});

const column = (name: string, type: string, jsonPath: string, description: string) => ({ name, type, jsonPath, description });
