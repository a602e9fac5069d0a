import { randomStreams } from '../../../../sim/kernel/random';
import type { UnitQueue } from '../../../../sim/twin/traffic/pod-queues';
import { RequestTraffic, type TrafficOptions } from '../../../../sim/twin/traffic/traffic';

/** A unit whose pods take a second for one request at a time. */
const secondUnit = (name: string): UnitQueue => ({ name, servers: 1, serviceSeconds: 1 });

export const constant = (value: number) => ({ kind: 'constant', value }) as const;

/** Users who never think, one second of pause after a failure. */
export const users = (count: number): TrafficOptions['clients'] => ({
  kind: 'closed-loop',
  users: constant(count),
  thinkSeconds: 0,
  pauseAfterFailureSeconds: 1,
});

export const twin: TrafficOptions['twin'] = {
  routing: 'least_outstanding_requests',
  service: 'deterministic',
  serviceCoefficientOfVariation: 0,
  requestTimeoutSeconds: 60,
};

/** Traffic over units of one-second pods; unit i has `pods[i]` pods, numbered 100 * i, 100 * i + 1, ... */
export const trafficOf = ({ pods, ...options }: Partial<TrafficOptions> & { readonly pods: readonly number[] }): RequestTraffic => {
  const traffic = new RequestTraffic({
    units: pods.map((_count, index) => secondUnit(`unit-${index}`)),
    clients: users(1),
    twin,
    random: randomStreams(1),
    objectiveLatencySeconds: 1.5,
    warmUpSeconds: 0,
    ...options,
  });
  pods.forEach((count, unitIndex) => {
    for (let pod = 0; pod < count; pod += 1) {
      traffic.addPod(100 * unitIndex + pod, unitIndex);
    }
  });
  return traffic;
};
