import { resources } from '../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../lambda/control-loop/errors';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import type { RandomStream } from '../../sim/kernel/random';
import { type CampaignWorld, objectIn } from './world';

/** A fault that lasts for some ticks. What it returns takes it back. */
interface Fault {
  /** Whether what the loop writes, or sees, may be wrong for it: what the world is then judged by. */
  readonly blinds?: 'metrics' | 'cluster' | 'clock';
  begin(world: CampaignWorld, random: RandomStream): () => void;
}

const pick = <T>(random: RandomStream, from: readonly T[]): T => from[Math.floor(random.uniform() * from.length)]!;

const KINDS = Object.values(resources).filter(({ plural }) => plural !== 'inferencefleets');
const AWS_READS = [
  'cloudWatch.getMetricData',
  'ec2.describeSpotPriceHistory',
  'ec2.describeInstanceTypeOfferings',
  'elbv2.describeRule',
  'elbv2.describeTags',
];
const KUBERNETES_READS = ['kubernetes.get', ...KINDS.map(({ plural }) => `kubernetes.list ${plural}`)];
const READS = [...AWS_READS, ...KUBERNETES_READS];
/** Reads of observation, which a deadline bounds. Calls between writes are bounded by the clients, which are not part of this world. */
const OBSERVED = READS.filter((method) => !['elbv2.describeRule', 'kubernetes.get'].includes(method));
const WRITES = ['kubernetes.apply', 'kubernetes.jsonPatch', 'kubernetes.replaceStatus', 'kubernetes.create', 'elbv2.modifyRule'];

const failing = (methods: readonly string[], errorOf: (random: RandomStream) => Error): Fault => ({
  begin: ({ fake }, random) => {
    const method = pick(random, methods);
    fake.failures.set(method, errorOf(random));
    return () => fake.failures.delete(method);
  },
});

const awsError = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** What a value may be that was never meant to be there. */
const GARBAGE: readonly unknown[] = [null, 'x', '', -1, 1e308, [], {}, [null], true, { a: [] }, '9'.repeat(400)];

/** The same object with one value somewhere replaced, or missing. Its name stays: the API server refuses objects without one. */
const garbled = (object: KubernetesObject, random: RandomStream): KubernetesObject => {
  const copy = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
  let parent = copy;
  for (;;) {
    const keys = Object.keys(parent).filter((key) => !['name', 'namespace', 'uid', 'resourceVersion', 'metadata'].includes(key));
    if (keys.length === 0) return copy as unknown as KubernetesObject;
    const key = pick(random, keys);
    const child = parent[key];
    // A spec and a status are objects: the definitions see to that.
    if (typeof child === 'object' && child !== null && (parent === copy || random.uniform() < 0.7)) {
      parent = child as Record<string, unknown>;
      continue;
    }
    if (random.uniform() < 0.3 && !Array.isArray(parent)) delete parent[key];
    else parent[key] = pick(random, GARBAGE);
    return copy as unknown as KubernetesObject;
  }
};

type Resource = (typeof resources)[keyof typeof resources];

const nameOf = ({ plural }: Resource, { metadata: { name, namespace } }: KubernetesObject): string =>
  `${plural} ${namespace ?? ''}/${name}`;

/** Puts an object back as the deployment and the loop left it, each with the fields that it manages. */
const restore = ({ fake }: CampaignWorld, resource: Resource, object: KubernetesObject): void => {
  const { metadata, spec, ...rest } = object;
  fake.kubernetes.remove(resource, metadata.name, metadata.namespace);
  const { weight: _w, limits: _l, ...deployed } = spec ?? {};
  fake.kubernetes.put(resource, { ...rest, metadata, ...(spec === undefined ? {} : { spec: deployed }) });
  fake.kubernetes.put(resource, object, 'adaptive-inference');
};

/** Changes one object of some kinds, which no other fault changes meanwhile; taken back, it is as it was. */
const changing = (
  kinds: readonly Resource[],
  change: (object: KubernetesObject, random: RandomStream) => KubernetesObject | undefined,
  options: Pick<Fault, 'blinds'> = {},
): Fault => ({
  ...options,
  begin: (world, random) => {
    const all = kinds
      .flatMap((resource) => world.fake.kubernetes.all(resource).map((object) => ({ resource, object })))
      .filter(({ resource, object }) => !world.changed.has(nameOf(resource, object)));
    if (all.length === 0) return () => {};
    const { resource, object } = pick(random, all);
    const { name, namespace } = object.metadata;
    const changed = change(object, random);
    world.changed.add(nameOf(resource, object));
    if (changed === undefined) world.fake.kubernetes.remove(resource, name, namespace);
    else world.fake.kubernetes.put(resource, changed, 'hostile');
    return () => {
      world.changed.delete(nameOf(resource, object));
      const { uid, ...metadata } = object.metadata;
      // Pods and NodeClaims may have gone by themselves.
      const isGone = changed !== undefined && objectIn(world.fake, resource, name, namespace) === undefined;
      if (!isGone)
        restore(world, resource, { ...object, metadata: changed === undefined || uid === undefined ? metadata : { ...metadata, uid } });
    };
  },
});

/** Values that another writer sets in the fields of the loop. */
const hostile = (kind: Resource, change: (spec: KubernetesObject['spec'], random: RandomStream) => void): Fault =>
  changing([kind], (object, random) => {
    const spec = structuredClone(object.spec);
    change(spec, random);
    return { ...object, spec };
  });

const distorted = (name: string, distortionOf: (random: RandomStream) => (value: number | undefined) => number | undefined): Fault => ({
  blinds: 'metrics',
  begin: ({ distortions }, random) => {
    distortions.set(name, distortionOf(random));
    return () => distortions.delete(name);
  },
});

/** Every fault by its name, as the report counts it. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'AWS throttles a read': failing(AWS_READS, () => awsError('ThrottlingException', 'Rate exceeded')),
  'AWS refuses a read': failing(AWS_READS, () => awsError('AccessDeniedException', 'not authorized')),
  'the API server throttles a read': failing(KUBERNETES_READS, () => new KubernetesError('too many requests', 429)),
  'a right to read is withdrawn': failing(KUBERNETES_READS, () => new KubernetesError('forbidden', 403)),
  'a right to write is withdrawn': failing(WRITES, () => new KubernetesError('forbidden', 403)),
  'a connection is cut off': failing([...READS, ...WRITES], () => awsError('ECONNRESET', 'socket hang up')),
  'a write meets a conflict': {
    begin: ({ fake }, random) => {
      fake.writeFailures.set(1 + Math.floor(random.uniform() * 8), new KubernetesError('the object has been modified', 409));
      return () => fake.writeFailures.clear();
    },
  },
  'a call never answers': {
    begin: ({ fake }, random) => {
      const method = pick(random, OBSERVED);
      fake.hanging.add(method);
      return () => fake.hanging.delete(method);
    },
  },
  'answers come in small pages': {
    begin: ({ fake }) => {
      fake.metricsPerPage = 2;
      fake.ec2PerPage = 1;
      fake.kubernetes.pageSize = 1;
      return () => {
        fake.metricsPerPage = Number.POSITIVE_INFINITY;
        fake.ec2PerPage = Number.POSITIVE_INFINITY;
        fake.kubernetes.pageSize = 500;
      };
    },
  },
  'CloudWatch answers in part': {
    blinds: 'metrics',
    begin: ({ fake }, random) => {
      const before = fake.metricStatus;
      fake.metricStatus = () => (random.uniform() < 0.3 ? pick(random, ['PartialData', 'InternalError', 'Forbidden']) : 'Complete');
      return () => {
        fake.metricStatus = before;
      };
    },
  },
  'metrics are silent': distorted('silent', () => () => undefined),
  'metrics are garbage': distorted(
    'garbage',
    (random) => (value) => (random.uniform() < 0.2 ? pick(random, [-1, Number.NaN, 1e308, Number.POSITIVE_INFINITY, 0.5]) : value),
  ),
  'an object of the cluster is garbage': changing(
    [resources.nodeClaims, resources.pods, resources.events, resources.deployments],
    garbled,
    { blinds: 'cluster' },
  ),
  'an object of the loop is garbage': changing([resources.nodePools, resources.scaledObjects], garbled, { blinds: 'cluster' }),
  'an object is gone': changing([resources.nodePools, resources.scaledObjects, resources.deployments], () => undefined, {
    blinds: 'cluster',
  }),
  'the rule is gone': {
    begin: ({ fake }, random) => {
      const rule = pick(random, [...fake.rules]);
      if (rule === undefined) return () => {};
      const [arn, weights] = rule;
      fake.rules.delete(arn);
      return () => fake.rules.set(arn, weights);
    },
  },
  'a stranger orders pools': hostile(resources.nodePools, (spec, random) => {
    spec.weight = pick(random, [1, 100, 50]);
  }),
  'a stranger closes a pool': hostile(resources.nodePools, (spec) => {
    spec.limits = Object.fromEntries(Object.keys(spec.limits ?? { 'nvidia.com/gpu': '' }).map((device) => [device, '0']));
  }),
  'a stranger sets a floor': hostile(resources.scaledObjects, (spec, random) => {
    spec.minReplicaCount = pick(random, [0, 1, 50]);
  }),
  'a stranger sets a target': hostile(resources.scaledObjects, (spec, random) => {
    spec.triggers[0].metadata.targetMetricValue = pick(random, ['0', '1', '1e9', 'none']);
  }),
  'a stranger sets weights': {
    begin: ({ fake }, random) => {
      const rule = pick(random, [...fake.rules]);
      if (rule === undefined) return () => {};
      const [arn, before] = rule;
      const value = pick(random, [0, 1, 999]);
      fake.rules.set(arn, Object.fromEntries(Object.keys(before).map((group) => [group, value])));
      return () => {
        if (fake.rules.has(arn)) fake.rules.set(arn, before);
      };
    },
  },
  'EC2 has no capacity in a pool': {
    begin: (world, random) => {
      const pool = pick(
        random,
        world.fleets.flatMap(({ spec }) => spec.pools.map(({ name }) => name)),
      );
      world.closed.add(pool);
      return () => world.closed.delete(pool);
    },
  },
  'a unit loses its pods': {
    begin: (world, random) => {
      const fleet = pick(random, world.fleets);
      const unit = pick(random, fleet.units);
      for (const pod of unit.pods) world.fake.kubernetes.remove(resources.pods, pod.name, fleet.namespace);
      unit.pods.length = 0;
      return () => {};
    },
  },
  'the clock is wrong': {
    blinds: 'clock',
    begin: ({ fake }, random) => {
      const byMinutes = pick(random, [-5, -2, 2, 5]) * 60;
      fake.clockOffsetSeconds = byMinutes;
      return () => {
        fake.clockOffsetSeconds = 0;
      };
    },
  },
  'the process dies at a write': {
    begin: ({ fake }, random) => {
      fake.diesAtWrite = 1 + Math.floor(random.uniform() * 8);
      fake.lastWriteArrives = random.uniform() < 0.5;
      return () => {
        fake.diesAtWrite = undefined;
      };
    },
  },
};
