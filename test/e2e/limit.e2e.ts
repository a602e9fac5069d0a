import { expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { addPool, nodeClaimsOf } from './support/pools';
import { addUnit } from './support/workload';

const POOL = 'g5-od';

const bed = useCluster({}, async (started) => {
  await addPool(started, { name: POOL, capacityType: 'on-demand', instanceTypes: ['g5.xlarge'], limitDevices: 1 });
});

it('a limit does not count a node that is leaving', async () => {
  await addUnit(bed(), { fleet: 'chat', unit: 'g5', replicas: 1 });
  const [claim] = await until('a node', 60, async () => {
    const all = await nodeClaimsOf(bed(), POOL);
    return all.some(({ status }) => status?.nodeName !== undefined) && all;
  });
  await bed().api.remove(resources.nodeClaims, claim?.metadata.name ?? '');
  const claims = await until('a second NodeClaim', 60, async () => {
    const all = await nodeClaimsOf(bed(), POOL);
    return all.some(({ metadata }) => metadata.name !== claim?.metadata.name) && all;
  });
  expect(claims.filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toHaveLength(1);
});
