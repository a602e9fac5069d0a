import { expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { nodeResource } from './cluster/api-resources';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addPool, isTrue, nodeClaimsOf } from './support/pools';
import { addUnit, isRunning, podsOf } from './support/workload';

const G5 = { fleet: 'chat', unit: 'g5' };
const INF2 = { fleet: 'chat', unit: 'inf2' };

const bed = useTestBed('have EC2 reclaim instances', {}, async (started) => {
  await addPool(started, { name: 'g5-spot', capacityType: 'spot', instanceTypes: ['g5.xlarge', 'g5.2xlarge'], weight: 80 });
  await addPool(started, { name: 'g5-od', capacityType: 'on-demand', instanceTypes: ['g5.xlarge', 'g5.2xlarge'], weight: 20 });
  await addPool(started, {
    name: 'inf2-spot',
    capacityType: 'spot',
    instanceTypes: ['inf2.xlarge', 'inf2.8xlarge'],
    deviceResource: 'aws.amazon.com/neuron',
    accelerator: 'INFERENTIA2',
  });
  await addUnit(started, { ...G5, replicas: 3 });
  await addUnit(started, { ...INF2, replicas: 1, deviceResource: 'aws.amazon.com/neuron', accelerator: 'INFERENTIA2' });
  await until('running pods', 90, async () => {
    const pods = await Promise.all([G5, INF2].map((unit) => podsOf(started, unit)));
    return pods.map((list) => list.filter(isRunning).length).join() === '3,1';
  });
  // A pod may run before Karpenter has written the node's name to its NodeClaim.
  await until('NodeClaims with nodes', 30, async () =>
    (await started.api.all(resources.nodeClaims)).every((claim) => claim.status.nodeName !== undefined),
  );
});

describeOnTestBed('pods that ask for an accelerator', () => {
  it('run on nodes that Karpenter launches in the pool of the highest weight', async () => {
    const pods = await podsOf(bed(), G5);
    const claims = await nodeClaimsOf(bed(), 'g5-spot');
    expect(claims.map((claim) => claim.metadata.labels?.['node.kubernetes.io/instance-type'])).toEqual([
      'g5.xlarge',
      'g5.xlarge',
      'g5.xlarge',
    ]);
    expect(new Set(pods.map((pod) => pod.spec.nodeName))).toEqual(new Set(claims.map((claim) => claim.status.nodeName)));
    expect(await nodeClaimsOf(bed(), 'g5-od')).toEqual([]);
  });

  it('run on Inferentia where they ask for Neuron devices', async () => {
    const [claim] = await nodeClaimsOf(bed(), 'inf2-spot');
    expect(claim?.status.capacity).toMatchObject({ 'aws.amazon.com/neuron': '1' });
  });

  it('are moved when EC2 reclaims their node, and the node is gone', async () => {
    const [claim] = await nodeClaimsOf(bed(), 'g5-spot');
    const name = claim?.metadata.name ?? '';
    const node = String(claim?.status.nodeName);
    const instanceId = String(claim?.status.providerID).split('/').at(-1) ?? '';
    await bed().aws.instances.reclaim([instanceId], { afterSeconds: 30 });
    await until(
      'the NodeClaim to leave',
      90,
      async () => !(await nodeClaimsOf(bed(), 'g5-spot')).some((one) => one.metadata.name === name),
    );
    expect(await bed().api.find(nodeResource, node)).toBeUndefined();
    await until('three running pods again', 60, async () => {
      const running = (await podsOf(bed(), G5)).filter(isRunning);
      return running.length === 3 && running.every((pod) => pod.spec.nodeName !== node);
    });
  });
});

describeOnTestBed('the played AWS', () => {
  it('gives Karpenter nothing to object to: no node is drifted', async () => {
    for (const pool of ['g5-spot', 'inf2-spot']) {
      for (const claim of await nodeClaimsOf(bed(), pool)) expect(isTrue(claim, 'Drifted')).toBe(false);
    }
    const codes = new Set(
      bed()
        .aws.callsOf('karpenter')
        .flatMap(({ code }) => code ?? []),
    );
    // Rehearsals of launches, templates that are looked for before they are made, and images of the kinds that there are none of.
    expect([...codes].sort()).toEqual(['DryRunOperation', 'InvalidLaunchTemplateName.NotFoundException', 'ParameterNotFound']);
  });
});
