import { Duration } from 'aws-cdk-lib';
import { Accelerator, AcceleratorPool, CapacityType } from '../../../lib';
import { type App, cluster, fleet, g5, inf2, withPool } from '../apps';
import { type Change, DRIFT, emptied } from './change';

const BEFORE = withPool({});

/** A reserved pool beside the two that the fleet makes itself. */
const withReservation: App = (stack) => {
  const on = cluster(stack);
  const reserved = new AcceleratorPool(stack, 'Reserved', {
    cluster: on,
    accelerator: Accelerator.A10G,
    capacityType: CapacityType.RESERVED,
    capacityReservationIds: ['cr-0123456789abcdef0'],
  });
  const capacityTypes = [CapacityType.RESERVED, CapacityType.SPOT, CapacityType.ON_DEMAND];
  fleet(stack, on, { pools: [reserved], units: [inf2, { ...g5, capacityTypes }] });
};

/** Changes of pools. In all but the first, the app makes the spot pool of A10G itself. */
export const poolChanges: readonly Change[] = [
  {
    title: 'Reserved capacity added',
    code: "pools: [new AcceleratorPool(this, 'Reserved', { capacityType: CapacityType.RESERVED, capacityReservationIds, ... })]",
    after: withReservation,
    notice: 'New pods may start on reserved capacity, which the loop tries first; those that run stay where they are.',
  },
  {
    title: 'Higher maximum of devices',
    code: 'maximumDevices: 64',
    before: BEFORE,
    after: withPool({ maximumDevices: 64 }),
    notice: 'From its next tick the loop may let the pool grow further.',
  },
  {
    title: 'Instance type added to a pool',
    code: "instanceTypes: ['g5.xlarge', 'g5.2xlarge']",
    before: withPool({ instanceTypes: ['g5.xlarge'] }),
    after: withPool({ instanceTypes: ['g5.xlarge', 'g5.2xlarge'] }),
    notice: 'New nodes may be of the new type; none is replaced.',
  },
  {
    title: 'Instance type taken from a pool',
    code: "instanceTypes: ['g5.xlarge']",
    before: withPool({ instanceTypes: ['g5.xlarge', 'g5.2xlarge'] }),
    after: withPool({ instanceTypes: ['g5.xlarge'] }),
    notice: `Nodes of the old type go. ${DRIFT}`,
  },
  {
    title: 'Pool renamed',
    code: "name: 'cheap'",
    before: BEFORE,
    after: withPool({ name: 'cheap' }),
    notice: 'To Karpenter this is a pool that comes and another that goes, with its nodes.',
    avoid: `deploy twice: first add a pool with the new name beside the old one, then remove the old one. Before the second deployment, ${emptied('a10g-spot', 'chat-g5')}`,
  },
  {
    title: 'Age at which nodes are replaced',
    code: 'expireAfter: Duration.days(14)',
    before: BEFORE,
    after: withPool({ expireAfter: Duration.days(14) }),
    notice: `A node keeps the age that held when it was launched, so all of them go. ${DRIFT}`,
  },
  {
    title: 'AMI of a pool',
    code: "amiAlias: 'al2023@v20260801'",
    before: BEFORE,
    after: withPool({ amiAlias: 'al2023@v20260801' }),
    notice: `All nodes of the pool go. ${DRIFT}`,
  },
  {
    title: 'AMI of a pool that drains for less than a cold start',
    code: "amiAlias: 'al2023@v20260801' // with terminationGracePeriod: Duration.minutes(5)",
    before: withPool({ terminationGracePeriod: Duration.minutes(5) }),
    after: withPool({ terminationGracePeriod: Duration.minutes(5), amiAlias: 'al2023@v20260801' }),
    notice: `All nodes of the pool go, and synthesis has warned all along. ${DRIFT}`,
    avoid: 'deploy at a quiet time, together with a longer `terminationGracePeriod`, which holds for the new nodes.',
  },
  {
    title: 'Shorter drain of a pool',
    code: 'terminationGracePeriod: Duration.minutes(5)',
    before: BEFORE,
    after: withPool({ terminationGracePeriod: Duration.minutes(5) }),
    notice: `Nodes keep the time that held when they were launched, so all of them go. ${DRIFT} From the next replacement on that no longer holds.`,
  },
  {
    title: 'Tags of the instances of a pool',
    code: "tags: { team: 'search' }",
    before: BEFORE,
    after: withPool({ tags: { team: 'search' } }),
    notice: `Karpenter does not tag instances that run: all nodes of the pool go. ${DRIFT}`,
  },
];
