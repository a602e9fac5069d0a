import type { Api } from '../cluster/api';
import { nodeResource } from '../cluster/api-resources';
import { type Instance, listInstances } from './instances';
import { type MotoClient, REGION } from './moto-client';
import { itemsAt, textAt, type XmlNode } from './xml';

/** What boots instances into nodes, and what takes nodes away whose instance is gone, as the cloud controller does. */
export interface Joiner {
  /** From launch to the node's registration, in seconds. Default: 1. */
  bootSeconds: number;
  /** From registration until the device plugin reports devices, in seconds. Default: 0. */
  deviceSeconds: number;
  /** From the end of an instance until its node is deleted, in seconds. Default: 2. */
  removeSeconds: number;
  /** What went wrong, newest last. */
  readonly errors: readonly string[];
  stop(): Promise<void>;
}

const POLL_MILLISECONDS = 400;

export const startJoiner = (moto: MotoClient, api: Api): Joiner => {
  const seen = new Map<string, number>();
  const joined = new Map<string, Instance>();
  const removed = new Set<string>();
  const errors: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const joiner = { bootSeconds: 1, deviceSeconds: 0, removeSeconds: 2, errors };
  const typeOf = createTypeReader(moto);
  let stopped = false;

  const later = (seconds: number, act: () => Promise<unknown>): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act().catch(keep);
    }, seconds * 1000);
    timers.add(timer);
  };
  const keep = (error: unknown): void => {
    errors.push(error instanceof Error ? error.message : String(error));
  };

  const join = async (instance: Instance): Promise<void> => {
    const type = await typeOf(instance.type);
    const delayed = joiner.deviceSeconds > 0;
    const node = nodeOf(instance, type, delayed ? {} : type.devices);
    await api.create(nodeResource, node);
    joined.set(instance.id, instance);
    if (delayed) {
      const capacity = { ...node.status.capacity, ...type.devices };
      const allocatable = { ...node.status.allocatable, ...type.devices };
      later(joiner.deviceSeconds, () =>
        api.patchStatus(nodeResource, instance.privateDnsName, undefined, { status: { capacity, allocatable } }),
      );
    }
  };

  const leave = async (instance: Instance): Promise<void> => {
    const name = instance.privateDnsName;
    // kwok keeps the nodes with this annotation alive.
    await api.patch(nodeResource, name, undefined, { metadata: { annotations: { 'kwok.x-k8s.io/node': 'gone' } } });
    const conditions = [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }];
    await api.patchStatus(nodeResource, name, undefined, { status: { conditions } });
    later(joiner.removeSeconds, () => api.remove(nodeResource, name));
  };

  const look = async (): Promise<void> => {
    for (const instance of await listInstances(moto)) {
      const alive = instance.state === 'running' || instance.state === 'pending';
      if (alive && instance.pool !== '' && !seen.has(instance.id)) seen.set(instance.id, Date.now());
      const since = seen.get(instance.id);
      if (alive && since !== undefined && !joined.has(instance.id) && Date.now() - since >= joiner.bootSeconds * 1000) {
        await join(instance).catch(keep);
      } else if (!alive && joined.has(instance.id) && !removed.has(instance.id)) {
        removed.add(instance.id);
        await leave(instance).catch(keep);
      }
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopped) {
      await look().catch((error: unknown) => {
        if (!stopped) keep(error);
      });
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
  };
  const looping = loop();

  return Object.assign(joiner, {
    stop: async () => {
      stopped = true;
      timers.forEach(clearTimeout);
      await looping;
    },
  });
};

interface InstanceType {
  readonly cpus: number;
  readonly memoryMebibytes: number;
  readonly devices: Readonly<Record<string, string>>;
}

/** Capacity of instance types as EC2 describes them, each asked for once. */
const createTypeReader = (moto: MotoClient): ((name: string) => Promise<InstanceType>) => {
  const known = new Map<string, Promise<InstanceType>>();
  return (name) => {
    const type = known.get(name) ?? moto('ec2', 'DescribeInstanceTypes', { 'InstanceType.1': name }).then(typeFrom);
    known.set(name, type);
    return type;
  };
};

const typeFrom = (answer: XmlNode): InstanceType => {
  const [type] = itemsAt(answer, 'instanceTypeSet');
  const count = (path: string, field = 'count'): number =>
    itemsAt(type, path).reduce((sum, device) => sum + Number(textAt(device, field) ?? 0), 0);
  const gpus = count('gpuInfo/gpus');
  const neuron = count('neuronInfo/neuronDevices');
  const cores = itemsAt(type, 'neuronInfo/neuronDevices').reduce(
    (sum, device) => sum + Number(textAt(device, 'count') ?? 0) * Number(textAt(device, 'coreInfo/count') ?? 0),
    0,
  );
  return {
    cpus: Number(textAt(type, 'vCpuInfo/defaultVCpus')),
    memoryMebibytes: Number(textAt(type, 'memoryInfo/sizeInMiB')),
    devices: {
      ...(gpus > 0 ? { 'nvidia.com/gpu': String(gpus) } : {}),
      ...(neuron > 0 ? { 'aws.amazon.com/neuron': String(neuron), 'aws.amazon.com/neuroncore': String(cores) } : {}),
    },
  };
};

/** What the hypervisor and the system take of the memory; a little more than Karpenter reckons with would strand pods. */
const MEMORY_PART = 0.93;

const nodeOf = (instance: Instance, type: InstanceType, devices: Readonly<Record<string, string>>) => {
  const capacity = {
    cpu: String(type.cpus),
    memory: `${Math.floor(type.memoryMebibytes * MEMORY_PART)}Mi`,
    'ephemeral-storage': '200Gi',
    pods: '58',
    ...devices,
  };
  const name = instance.privateDnsName;
  return {
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': instance.type,
        'topology.kubernetes.io/region': REGION,
        'topology.kubernetes.io/zone': instance.zone,
      },
    },
    spec: {
      providerID: `aws:///${instance.zone}/${instance.id}`,
      taints: [{ key: 'karpenter.sh/unregistered', effect: 'NoExecute' }],
    },
    status: {
      capacity,
      allocatable: { ...capacity, memory: `${Math.floor(type.memoryMebibytes * MEMORY_PART) - 600}Mi` },
      addresses: [
        { type: 'InternalIP', address: instance.privateIp },
        { type: 'Hostname', address: name },
      ],
    },
  };
};
