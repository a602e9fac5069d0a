import { annotations, resources } from '../../../lambda/control-loop/contract/names';
import type { ApiResource, KubernetesObject } from '../../../lambda/control-loop/ports';
import type { RandomStream } from '../../../sim/kernel/random';
import { nodeClassResource } from '../../e2e/cluster/api-resources';
import type { Running } from '../../e2e/cluster/processes';
import type { TestBed } from '../../e2e/cluster/test-bed';
import { LOOP_GROUP, LOOP_USER } from '../../e2e/support/loop';
import { nodeClaimsOf } from '../../e2e/support/pools';
import { podsOf } from '../../e2e/support/workload';
import { type BedFault, pick } from './fault';
import { type BedWorld, FLEET } from './world';

const AGAIN_MILLISECONDS = 1000;

/** Does something every second until it is ended; keeps no process alive. */
const again = (act: () => Promise<unknown>): (() => void) => {
  const timer = setInterval(() => act().catch(() => undefined), AGAIN_MILLISECONDS);
  timer.unref();
  return () => clearInterval(timer);
};

/** A program that is killed, and comes back at once or when the fault ends. */
const restarted = (runningOf: (bed: TestBed) => Running, takesApiServer = false): BedFault => ({
  takesApiServer,
  begin: async ({ bed, down }, random) => {
    const running = runningOf(bed);
    if (random.uniform() < 0.5) {
      await running.restart('SIGKILL');
      return { of: 'at once', ...(takesApiServer && { blinds: ['cluster'] }), end: async () => {} };
    }
    down.add(running);
    await running.stop('SIGKILL');
    return {
      of: 'for a while',
      ...(takesApiServer && { blinds: ['cluster'] }),
      end: async () => {
        if (!running.isRunning()) await running.restart();
        down.delete(running);
      },
    };
  },
});

/** One of the objects that no other fault has, for the time of this fault. */
const taking = (
  resource: ApiResource,
  change: (world: BedWorld, name: string, random: RandomStream) => Promise<() => Promise<unknown>>,
  options: { readonly blinds?: readonly 'cluster'[] } = {},
): BedFault => ({
  begin: async (world, random) => {
    const { pools, units } = world.spec;
    const all = resource === resources.scaledObjects ? units.map(({ scaler }) => scaler.name) : pools.map(({ name }) => name);
    // A pool and its class are one thing here.
    const keyOf = (name: string): string => `${resource === resources.scaledObjects ? 'scaler' : 'pool'} ${name}`;
    const free = all.filter((name) => !world.changed.has(keyOf(name)));
    if (free.length === 0) return undefined;
    const name = pick(random, free);
    const takeBack = await change(world, name, random);
    world.changed.add(keyOf(name));
    return {
      of: name,
      ...options,
      end: async () => {
        await takeBack();
        world.changed.delete(keyOf(name));
      },
    };
  },
});

/** Deletes an object, and makes it anew as it was deployed once the old one is gone. */
const deleted = (resource: ApiResource, namespace?: string): BedFault =>
  taking(
    resource,
    async (world, name) => {
      const { bed } = world;
      // A class goes when no node of it is left; Karpenter may have asked for one more meanwhile.
      const removeClaims = async (): Promise<void> => {
        if (resource !== nodeClassResource) return;
        for (const claim of await nodeClaimsOf(bed, name)) await bed.api.remove(resources.nodeClaims, claim.metadata.name);
      };
      await bed.api.remove(resource, name, namespace);
      await removeClaims();
      return async () => {
        const found = await bed.api.find(resource, name, namespace);
        if (found !== undefined && found.metadata.deletionTimestamp === undefined) return;
        if (found !== undefined) {
          await removeClaims();
          throw new Error(`${resource.kind} ${name} is not gone yet`);
        }
        await bed.api.create(resource, world.deployedObject(resource, name));
      };
    },
    { blinds: ['cluster'] },
  );

/** Sets a field once, or as long as the fault lasts whenever it is found otherwise. */
const stranger = (
  resource: ApiResource,
  namespace: string | undefined,
  changeOf: (object: KubernetesObject, random: RandomStream) => unknown,
): BedFault =>
  taking(resource, async ({ bed: { api } }, name, random) => {
    const change = { spec: changeOf(await api.get(resource, name, namespace), random) };
    const set = () => api.patch(resource, name, namespace, change);
    await set();
    if (random.uniform() < 0.5) return async () => {};
    const end = again(set);
    return async () => end();
  });

const weigh = async ({ bed: { aws }, router, spec }: BedWorld, weight: number): Promise<void> => {
  const parameters: Record<string, string> = { RuleArn: router.listenerRuleArn, 'Actions.member.1.Type': 'forward' };
  spec.units.forEach(({ targetGroupArn }, index) => {
    const prefix = `Actions.member.1.ForwardConfig.TargetGroups.member.${index + 1}`;
    parameters[`${prefix}.TargetGroupArn`] = targetGroupArn!;
    parameters[`${prefix}.Weight`] = String(weight);
  });
  await aws.moto('elasticloadbalancing', 'ModifyRule', parameters);
};

const clusterRoles: ApiResource = { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'clusterroles', kind: 'ClusterRole' };
const clusterBindings: ApiResource = { ...clusterRoles, plural: 'clusterrolebindings', kind: 'ClusterRoleBinding' };
const bindings: ApiResource = { ...clusterRoles, plural: 'rolebindings', kind: 'RoleBinding' };

/** The roles that are bound to the loop: of the whole cluster, and of the namespace of its fleet. */
const rolesOfLoop = async ({ api }: TestBed): Promise<readonly KubernetesObject[]> => {
  const bound = [...(await api.all(clusterBindings)), ...(await api.all(bindings))].filter(
    ({ subjects = [], roleRef }) =>
      roleRef.kind === 'ClusterRole' && subjects.some(({ name }: { readonly name: string }) => name === LOOP_GROUP || name === LOOP_USER),
  );
  if (bound.length === 0) throw new Error('no ClusterRole is bound to the loop');
  return Promise.all(bound.map(({ roleRef }) => api.get(clusterRoles, roleRef.name)));
};

/** All pods of a unit crash again and again, those that come meanwhile too. */
const crashing = async (bed: TestBed, unit: string, most: number): Promise<void> => {
  const pods = (await podsOf(bed, { fleet: FLEET.name, unit })).filter(({ status }) => status?.phase === 'Running').slice(0, most);
  for (const { metadata } of pods) {
    const now = new Date().toISOString();
    const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container=server' };
    await bed.api.patchStatus(resources.pods, metadata.name, FLEET.namespace, {
      status: {
        conditions: ['Ready', 'ContainersReady'].map((type) => ({
          type,
          status: 'False',
          reason: 'ContainersNotReady',
          lastTransitionTime: now,
        })),
        containerStatuses: [
          { name: 'server', image: 'registry.k8s.io/pause:3.10', imageID: '', ready: false, restartCount: 5, state: { waiting } },
        ],
      },
    });
  }
};

const crashLoop = (most: number): BedFault => ({
  begin: async (world, random) => {
    const { bed, changed } = world;
    const free = world.spec.units.filter(({ name }) => !changed.has(`pods ${name}`));
    // One unit lives.
    if (free.length < world.spec.units.length) return undefined;
    const { name } = pick(random, free);
    // Pods come and go: those that are gone by now crash no more.
    await crashing(bed, name, most).catch(() => undefined);
    changed.add(`pods ${name}`);
    const endCrashing = again(() => crashing(bed, name, most));
    return {
      of: name,
      end: async () => {
        endCrashing();
        for (const { metadata, status } of await podsOf(bed, { fleet: FLEET.name, unit: name })) {
          if (status?.containerStatuses?.[0]?.state?.waiting !== undefined)
            await bed.api.remove(resources.pods, metadata.name, FLEET.namespace);
        }
        changed.delete(`pods ${name}`);
      },
    };
  },
});

const PAUSED = 'autoscaling.keda.sh/paused';

/** Faults of the cluster, of its programs, of other writers and of the loop itself. */
export const CLUSTER_FAULTS: Readonly<Record<string, BedFault>> = {
  'the API server is killed': restarted(({ controlPlane }) => controlPlane.apiServer, true),
  'Karpenter is killed': restarted(({ karpenter }) => karpenter),
  'KEDA is killed': restarted(({ keda }) => keda!.operator),
  'the metrics server of KEDA is killed': restarted(({ keda }) => keda!.adapter),
  'the controller manager is killed': restarted(({ controlPlane }) => controlPlane.controllerManager),

  'a NodePool is deleted and made anew': deleted(resources.nodePools),
  'an EC2NodeClass is deleted and made anew': deleted(nodeClassResource),
  'a ScaledObject is deleted and made anew': deleted(resources.scaledObjects, FLEET.namespace),

  'a stranger sets the weight of a pool': stranger(resources.nodePools, undefined, (_, random) => ({ weight: pick(random, [1, 50, 100]) })),
  'a stranger sets the limit of a pool': stranger(resources.nodePools, undefined, ({ spec }, random) => {
    const [device = 'nvidia.com/gpu'] = Object.keys(spec.limits ?? {});
    return { limits: { [device]: pick(random, ['0', '3', '100']) } };
  }),
  'a stranger removes the limits of a pool': stranger(resources.nodePools, undefined, () => ({ limits: null })),
  'a stranger puts the floor back': stranger(resources.scaledObjects, FLEET.namespace, ({ spec }) => ({
    minReplicaCount: spec.minReplicaCount,
  })),
  'a stranger sets a floor': stranger(resources.scaledObjects, FLEET.namespace, (_, random) => ({
    minReplicaCount: pick(random, [0, 1, 10]),
  })),
  'a stranger sets the weights of the rule': {
    begin: async (world, random) => {
      const weight = pick(random, [0, 1, 999]);
      await weigh(world, weight);
      if (random.uniform() < 0.5) return { of: `${weight}, once`, blinds: ['router'], end: async () => {} };
      const end = again(() => weigh(world, weight));
      return { of: `${weight}, again and again`, blinds: ['router'], end: async () => end() };
    },
  },

  'the maximum of a scaler is lowered below its floor': taking(resources.scaledObjects, async ({ bed: { api } }, name) => {
    await api.patch(resources.scaledObjects, name, FLEET.namespace, { spec: { minReplicaCount: 1, maxReplicaCount: 1 } });
    return () => api.patch(resources.scaledObjects, name, FLEET.namespace, { spec: { maxReplicaCount: 10 } });
  }),
  'a ScaledObject is paused': taking(resources.scaledObjects, async ({ bed: { api } }, name) => {
    const note = (value: string | null) =>
      api.patch(resources.scaledObjects, name, FLEET.namespace, { metadata: { annotations: { [PAUSED]: value } } });
    await note('true');
    return () => note(null);
  }),

  'a pod crashes again and again': crashLoop(1),
  'all pods of a unit crash again and again': crashLoop(Number.POSITIVE_INFINITY),
  'all pods of a unit are deleted': {
    begin: async ({ bed, spec }, random) => {
      const { name } = pick(random, spec.units);
      for (const { metadata } of await podsOf(bed, { fleet: FLEET.name, unit: name }))
        await bed.api.remove(resources.pods, metadata.name, FLEET.namespace);
      return { of: name, end: async () => {} };
    },
  },

  'a person pauses the fleet altogether': {
    begin: async ({ bed: { api } }) => {
      const note = (value: string | null) =>
        api.patch(resources.inferenceFleets, FLEET.name, FLEET.namespace, { metadata: { annotations: { [annotations.pause]: value } } });
      await note('all');
      return { end: async () => void (await note(null)) };
    },
  },

  'a right of the loop is withdrawn': {
    begin: async ({ bed, changed }, random) => {
      if (changed.has('rights')) return undefined;
      changed.add('rights');
      const { rules, metadata } = pick(random, await rolesOfLoop(bed));
      const withdrawn = pick(random, rules as readonly { readonly verbs: readonly string[]; readonly resources?: readonly string[] }[]);
      const others = (rules as readonly object[]).filter((rule) => rule !== withdrawn);
      await bed.api.patch(clusterRoles, metadata.name, undefined, { rules: others });
      return {
        of: `${withdrawn.verbs.join(', ')} ${withdrawn.resources?.join(', ')}`,
        blinds: ['cluster'],
        end: async () => {
          await bed.api.patch(clusterRoles, metadata.name, undefined, { rules });
          changed.delete('rights');
        },
      };
    },
  },
  'the access entry of the loop is gone': {
    begin: async ({ bed: { aws }, changed }) => {
      if (changed.has('token')) return undefined;
      changed.add('token');
      const entries = aws.accessEntries.splice(0);
      return {
        blinds: ['cluster'],
        end: async () => {
          if (aws.accessEntries.length === 0) aws.accessEntries.push(...entries);
          changed.delete('token');
        },
      };
    },
  },
  'tokens are signed too long ago': {
    begin: async (world) => {
      if (world.changed.has('token')) return undefined;
      world.changed.add('token');
      world.signsExpired = true;
      world.restartLoop();
      return {
        blinds: ['cluster'],
        end: async () => {
          world.signsExpired = false;
          world.changed.delete('token');
        },
      };
    },
  },
  'the loop is killed at a write': {
    begin: async (world, random) => {
      const write = 1 + Math.floor(random.uniform() * 6);
      world.recorder.killAtWrite(write);
      return {
        of: `its write ${write}`,
        blinds: ['process'],
        end: async () => {
          world.recorder.killAtWrite(Number.POSITIVE_INFINITY);
          world.restartLoop();
        },
      };
    },
  },
};
