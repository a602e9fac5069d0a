import { Duration } from 'aws-cdk-lib';
import { CapacityType, Enforcement } from '../../../lib';
import { g5, g6, inf2, withFleet, withG5 } from '../apps';
import { type Change, emptied } from './change';

const onPort = (port: number, formerPorts: number[] = []) =>
  [inf2, g5].map((unit) => ({ ...unit, container: { ...unit.container, port, formerPorts } }));

/** Units of one accelerator, named by letters. */
const namedUnits = (letters: string) => [...letters].map((name) => ({ ...g6, name }));

const promoted = { ...g5, name: 'g5-next', container: { image: 'example.com/cuda-server:1.1.0' } };
const canary = { ...promoted, maximumShare: 0.05 };

const ROLLING =
  'Its pods are replaced in a rolling update: a new pod serves before an old one ends, and the old one goes on answering for its `drain`.';

/** Changes of the units of a fleet. */
export const unitChanges: readonly Change[] = [
  {
    title: 'Image of a unit',
    code: "container: { image: 'example.com/cuda-server:1.1.0' }",
    after: withG5({ container: { image: 'example.com/cuda-server:1.1.0' } }),
    notice: `${ROLLING} Until all are new, answers come from both images.`,
  },
  {
    title: 'Canary added',
    code: "units: [inf2, g5, { ...g5, name: 'g5-next', container: { image: 'example.com/cuda-server:1.1.0' }, maximumShare: 0.05 }]",
    after: withFleet({ units: [inf2, g5, canary] }),
    notice:
      'Its target group enters the rule with weight 0, and the loop gives it up to 5 % when its pods serve; it loses that after one bad minute of 5xx. The other unit keeps its image and its pods.',
  },
  {
    title: 'Canary promoted',
    code: '// maximumShare of g5-next left out',
    before: withFleet({ units: [inf2, g5, canary] }),
    after: withFleet({ units: [inf2, g5, promoted] }),
    notice:
      'From its next tick the loop gives it a share like any other unit. The unit with the old image can be removed in a later deployment.',
  },
  {
    title: 'Canary retired',
    code: 'units: [inf2, g5] // g5-next left out',
    before: withFleet({ units: [inf2, g5, canary] }),
    after: withFleet({ units: [inf2, g5] }),
    notice:
      'As for any unit that is removed: the loop takes its traffic first. The others need no further pods, because nobody counted on it.',
  },
  {
    title: 'Memory of a unit beyond its smallest instance',
    code: "container: { image, memory: '20Gi' }",
    after: withG5({ container: { ...g5.container, memory: '20Gi' } }),
    notice: `${ROLLING} Karpenter launches larger instances for the new pods, and the loop prices the unit by these.`,
  },
  {
    title: 'Port of one of several units',
    code: 'container: { image, port: 9000 }',
    after: withG5({ container: { ...g5.container, port: 9000 } }),
    notice: `${ROLLING} The old port stays open, because the other unit uses it.`,
  },
  {
    title: 'Port of all units',
    code: 'container: { image, port: 9000 } // of every unit',
    after: withFleet({ units: onPort(9000) }),
    notice:
      'The old port is closed at the end of the deployment, while most pods of the rolling update still listen there: they get no requests until the new ones have started.',
    avoid:
      'keep the old port open in this deployment, [as in the next change](#port-of-all-units-with-the-old-one-open), and leave that line out when all pods are new.',
  },
  {
    title: 'Port of all units with the old one open',
    code: 'container: { image, port: 9000, formerPorts: [8000] } // of every unit',
    before: withFleet({ units: onPort(8000) }),
    after: withFleet({ units: onPort(9000, [8000]) }),
    notice: `${ROLLING} Both ports are open meanwhile.`,
  },
  {
    title: 'Profile of a unit',
    code: 'profile: { throughputPerMinute: 120, latency, coldStart }',
    after: withG5({ profile: { ...g5.profile, throughputPerMinute: 120 } }),
    notice: 'From its next tick the loop plans with the new figures, and what it had learned of this unit starts over from them.',
  },
  {
    title: 'Cold start of a unit',
    code: 'profile: { throughputPerMinute, latency, coldStart: Duration.minutes(15) }',
    after: withG5({ profile: { ...g5.profile, coldStart: Duration.minutes(15) } }),
    notice: `The startup probe allows twice the cold start, in steps of ten minutes, so a change that crosses a step changes the pods. ${ROLLING}`,
  },
  {
    title: 'Minimum of replicas',
    code: 'minimumReplicas: 3',
    after: withG5({ minimumReplicas: 3 }),
    notice: 'The loop raises the floor at its next tick, and pods start.',
  },
  {
    title: 'Lower maximum of replicas',
    code: 'maximumReplicas: 20',
    after: withG5({ maximumReplicas: 20 }),
    notice: 'The autoscaler never has more pods than that, and KEDA refuses a maximum below the present floor: then the deployment fails.',
    avoid: 'look in `status` that fewer pods run and that the floor is lower; if not, lower the floor first with an override.',
  },
  {
    title: 'Devices of a pod',
    code: 'devicesPerPod: 4',
    after: withG5({ devicesPerPod: 4 }),
    notice: `${ROLLING} New pods need larger instances, the pools that the fleets share give up the smaller ones, and a new profile has to be stated, because a pod with other devices is another unit in all but name.`,
    avoid:
      'add a unit with the new size beside the old one, on pools of its own (`pools`), and remove the old one when the loop has moved the traffic.',
  },
  {
    title: 'Spot capacity off',
    code: 'capacityTypes: [CapacityType.ON_DEMAND]',
    after: withG5({ capacityTypes: [CapacityType.ON_DEMAND] }),
    notice:
      'The spot pool is deleted with its nodes while the unit serves there, and the maximum of replicas falls with the devices of the pools.',
    avoid: emptied('a10g-spot', 'chat-g5'),
  },
  {
    title: 'Spot capacity on',
    code: 'capacityTypes: [CapacityType.SPOT, CapacityType.ON_DEMAND]',
    before: withG5({ capacityTypes: [CapacityType.ON_DEMAND] }),
    after: withG5({ capacityTypes: [CapacityType.SPOT, CapacityType.ON_DEMAND] }),
    notice: 'New pods may start on spot capacity; those that run stay where they are.',
  },
  {
    title: 'Reserved capacity without a reservation',
    code: 'capacityTypes: [CapacityType.RESERVED]',
    after: withG5({ capacityTypes: [CapacityType.RESERVED] }),
    notice: 'A reserved pool needs the ids of its reservations.',
    avoid: 'pass the pool, as in [reserved capacity added](#reserved-capacity-added).',
  },
  {
    title: 'Unit added',
    code: 'units: [inf2, g5, g6]',
    after: withFleet({ units: [inf2, g5, g6] }),
    notice: 'Its target group enters the rule with weight 0, and the loop gives it a share when its pods serve.',
  },
  {
    title: 'Sixth unit added',
    code: 'units: [inf2, g5, g6, ...] // six of them',
    after: withFleet({ units: namedUnits('abcdef') }),
    notice: 'A rule of a load balancer holds five target groups.',
    avoid: 'serve the model on fewer accelerators, or split it into two fleets.',
  },
  {
    title: 'Unit removed',
    code: 'units: [inf2]',
    after: withFleet({ units: [inf2] }),
    notice:
      'The loop takes its traffic first, which needs pods of the other units; the deployment waits for that, and then deletes the unit with the pools that no other uses: [upgrading](upgrading.md#units).',
  },
  {
    title: 'Unit removed from a fleet that is not enforced',
    code: 'units: [inf2] // with enforcement: Enforcement.RECOMMEND',
    before: withFleet({ enforcement: Enforcement.RECOMMEND }),
    after: withFleet({ enforcement: Enforcement.RECOMMEND, units: [inf2] }),
    notice: 'The deployment waits for a loop that may not write.',
    avoid:
      'set the weight of its target group to 0 yourself while the deployment waits, when the other units have pods enough, or let the loop enforce first.',
  },
  {
    title: 'Unit renamed',
    code: "units: [inf2, { ...g5, name: 'a10g' }]",
    after: withFleet({ units: [inf2, { ...g5, name: 'a10g' }] }),
    notice:
      'To a deployment this is a unit that comes and another that goes: the new one starts, the loop moves the traffic, and then the old one is deleted.',
  },
  {
    title: 'Unit with a port of its own removed',
    code: 'units: [inf2] // g5 listened on 9000',
    before: withG5({ container: { ...g5.container, port: 9000 } }),
    after: withFleet({ units: [inf2] }),
    notice: 'As for any unit that is removed.',
  },
  {
    title: 'One of five units exchanged',
    code: 'units: [a, b, c, d, f] // e before',
    before: withFleet({ units: namedUnits('abcde') }),
    after: withFleet({ units: namedUnits('abcdf') }),
    notice: 'The new unit enters the rule before the old one leaves it.',
    avoid: 'remove one in a first deployment, and add the other in a second.',
  },
  {
    title: 'Units in another order',
    code: 'units: [g5, inf2]',
    after: withFleet({ units: [g5, inf2] }),
    notice: 'The order says nothing to the loop.',
  },
  {
    title: 'Objective below every profile',
    code: 'objective: { latency: Duration.millis(500) }',
    after: withFleet({ objective: { latency: Duration.millis(500) } }),
    notice: 'No unit could meet it.',
    avoid: 'raise the objective, or add a faster unit in the same deployment.',
  },
];
