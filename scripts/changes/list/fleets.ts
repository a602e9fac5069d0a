import { Duration } from 'aws-cdk-lib';
import { Enforcement, FleetPolicyName } from '../../../lib';
import { type App, base, cluster, fleet, g5, g6, withFleet } from '../apps';
import { type Change, SIDE_BY_SIDE } from './change';

const twoFleets: App = (stack) => {
  const on = cluster(stack);
  fleet(stack, on);
  fleet(stack, on, { units: [g6] }, 'Search');
};

const secondOnly: App = (stack) => {
  fleet(stack, cluster(stack), { units: [g6] }, 'Search');
};

const search = { units: [{ ...g5, devicesPerPod: 4 }] };

/** A second fleet that asks more of the pools that both share. */
const largerFirst: App = (stack) => {
  const on = cluster(stack);
  fleet(stack, on, search, 'Search');
  fleet(stack, on);
};

const largerLast: App = (stack) => {
  const on = cluster(stack);
  fleet(stack, on);
  fleet(stack, on, search, 'Search');
};

/** Changes of what the loop reads of a fleet. */
export const settingChanges: readonly Change[] = [
  {
    title: 'Objective',
    code: 'objective: { latency: Duration.seconds(30), percentile: 95, attainment: 0.999 }',
    after: withFleet({ objective: { latency: Duration.seconds(30), percentile: 95, attainment: 0.999 } }),
    notice: 'Loop and alarm judge by the new objective, and the timeouts of the router follow it.',
  },
  {
    title: 'Resilience',
    code: 'resilience: 0.5',
    after: withFleet({ resilience: 0.5 }),
    notice: 'From its next tick the loop keeps fewer pods in reserve, or more; floors fall only as fast as its guardrails allow.',
  },
  {
    title: 'Policy',
    code: 'policy: { name: FleetPolicyName.STATIC }',
    after: withFleet({ policy: { name: FleetPolicyName.STATIC } }),
    notice: 'The next tick decides by the new policy, bounded by the same guardrails.',
  },
  {
    title: 'Enforcement',
    code: 'enforcement: Enforcement.RECOMMEND',
    after: withFleet({ enforcement: Enforcement.RECOMMEND }),
    notice:
      'Floors, targets, shares, weights and limits stay as they are, and nobody changes them until the loop may write again; it shows what it would do.',
  },
  {
    title: 'Learning',
    code: 'learning: { enabled: false }',
    after: withFleet({ learning: { enabled: false } }),
    notice: 'The next tick decides by the stated profiles; what is learned is only shown.',
  },
  {
    title: 'Alarms and dashboard added',
    code: '// withoutAlarms and withoutDashboard left out',
    before: withFleet({ withoutAlarms: true, withoutDashboard: true }),
    after: base,
    notice: 'Alarms that need data of some minutes begin as `INSUFFICIENT_DATA`.',
  },
];

/** Changes of whole fleets. */
export const fleetChanges: readonly Change[] = [
  {
    title: 'Fleet renamed',
    code: "fleetName: 'assistant'",
    after: withFleet({ fleetName: 'assistant' }),
    notice: 'All objects of the units have the name of the fleet in theirs, and the target groups stay bound to the old ones.',
    avoid: SIDE_BY_SIDE,
  },
  {
    title: 'Construct id of a fleet changed',
    code: "new AdaptiveInference(this, 'Assistant', ...)",
    after: (stack) => {
      fleet(stack, cluster(stack), {}, 'Assistant');
    },
    notice:
      'To CloudFormation this is another fleet with another load balancer: the old one is deleted at the end of the deployment, before pods of the new one have started.',
    avoid: SIDE_BY_SIDE,
  },
  {
    title: 'Namespace of a fleet',
    code: "namespace: 'chat'",
    after: withFleet({ namespace: 'chat' }),
    notice:
      'The same resources apply the objects in another namespace, and nothing deletes those in the old one. The rollback does not delete those in the new one either.',
    avoid: SIDE_BY_SIDE,
  },
  {
    title: 'Second fleet added',
    code: "new AdaptiveInference(this, 'Search', { cluster, units: [g6], ... })",
    after: twoFleets,
    notice: 'The first fleet does not change.',
  },
  {
    title: 'Second fleet with larger pods added behind',
    code: "new AdaptiveInference(this, 'Search', { cluster, units: [{ ...g5, devicesPerPod: 4 }], ... })",
    after: largerLast,
    notice:
      'The first fleet does not change. Both share pools: Karpenter launches instances that hold the larger pods, and the loop prices each fleet by the instances that hold its own.',
  },
  {
    title: 'Second fleet with larger pods added before',
    code: "new AdaptiveInference(this, 'Search', { cluster, units: [{ ...g5, devicesPerPod: 4 }], ... }) // before Chat",
    after: largerFirst,
    notice: 'As behind: the order of fleets in the code has no meaning.',
  },
  {
    title: 'Second fleet removed',
    code: '// Search left out',
    before: twoFleets,
    after: base,
    notice: 'Its address is gone; the other fleet does not change.',
    avoid: 'send its clients elsewhere first.',
  },
  {
    title: 'First of two fleets removed',
    code: '// Chat left out',
    before: twoFleets,
    after: secondOnly,
    notice: 'Its address is gone; the other fleet does not change, and keeps the loop that both had.',
    avoid: 'send its clients elsewhere first.',
  },
];
