import FlatQueue from 'flatqueue';
import { randomStreams } from '../../sim/kernel/random';
import type { UnitQueue } from '../../sim/twin/traffic/pod-queues';
import { RequestTraffic } from '../../sim/twin/traffic/traffic';

/** The five units of the published experiments (arXiv 2503.20074, tables 1 and 2) and pods enough for their peak. */
const units: readonly (UnitQueue & { readonly pods: number; readonly weight: number })[] = [
  { name: 'inf2', servers: 1, serviceSeconds: 60 / 105, pods: 12, weight: 40 },
  { name: 'trn1', servers: 1, serviceSeconds: 60 / 130, pods: 5, weight: 20 },
  { name: 'g5-triton', servers: 1, serviceSeconds: 60 / 90, pods: 6, weight: 15 },
  { name: 'g6', servers: 1, serviceSeconds: 0.96, pods: 5, weight: 10 },
  { name: 'g5-cuda', servers: 1, serviceSeconds: 0.92, pods: 8, weight: 15 },
];

const THREE_DAYS_SECONDS = 3 * 86_400;

/** Requests of three days of 1 to 100 users, at request level alone: pods and weights stay as they are. */
const serveThreeDays = (): { readonly requests: number; readonly seconds: number } => {
  const traffic = new RequestTraffic({
    units,
    clients: {
      kind: 'closed-loop',
      users: { kind: 'cosine', minimum: 1, maximum: 100, periodSeconds: 54_000, stepSeconds: 1_200, phaseSeconds: 0 },
      thinkSeconds: 0,
      pauseAfterFailureSeconds: 1,
    },
    twin: {
      routing: 'least_outstanding_requests',
      service: 'log-normal',
      serviceCoefficientOfVariation: 0.05,
      requestTimeoutSeconds: 60,
    },
    random: randomStreams(1),
    objectiveLatencySeconds: 0.9,
    warmUpSeconds: 0,
  });
  traffic.setWeights(units.map(({ weight }) => weight));
  let podId = 0;
  units.forEach(({ pods }, unitIndex) => {
    for (let pod = 0; pod < pods; pod += 1) {
      traffic.addPod(podId, unitIndex);
      podId += 1;
    }
  });
  const begin = performance.now();
  // In the steps of the control events.
  for (let timeSeconds = 15; timeSeconds <= THREE_DAYS_SECONDS; timeSeconds += 15) {
    traffic.runUntil(timeSeconds);
  }
  const seconds = (performance.now() - begin) / 1000;
  return { requests: traffic.totals.sent, seconds };
};

/** The same number of events through a queue of 100 alone: what no simulation of events can do without. */
const secondsOfQueue = (events: number): number => {
  const random = randomStreams(1)('bench');
  const delays = Float64Array.from({ length: 4096 }, () => 0.5 + random.uniform());
  const queue = new FlatQueue<number>();
  for (let id = 0; id < 99; id += 1) {
    queue.push(id, 0);
  }
  const begin = performance.now();
  let time = 0;
  for (let event = 0; event < events; event += 1) {
    queue.push(event % 100, time + delays[event & 4095]!);
    time = queue.peekValue()!;
    queue.pop();
  }
  return (performance.now() - begin) / 1000;
};

/** Prints the speed of the request level against that of a bare queue in the same run. */
export const benchRequests = (print: (line: string) => void): void => {
  const { requests, seconds } = serveThreeDays();
  const baseline = secondsOfQueue(requests);
  print(
    `three days of 1 to 100 users, request level: ${(requests / 1e6).toFixed(2)} million requests in ${seconds.toFixed(2)} s, ` +
      `${Math.round(requests / seconds)} requests a second (goal: 6.4 million in 8 s, 800000 a second)`,
  );
  print(
    `  the same number of FlatQueue pushes and pops alone: ${baseline.toFixed(2)} s, ${Math.round(requests / baseline)} a second; ` +
      `a request costs ${(seconds / baseline).toFixed(1)} times as much`,
  );
};
