import type { Fleet } from '../../lambda/control-loop/model/fleet';
import { stationOf } from '../../lambda/control-loop/model/profile';
import type { Ports } from '../../lambda/control-loop/ports';
import type { LoadedScenario } from '../inputs/loaded-scenario';
import { VirtualKernel } from '../kernel/kernel';
import { randomStreams } from '../kernel/random';
import { createAlb } from './aws/alb';
import { ListenerRule } from './aws/listener-rule';
import { Cluster } from './cluster';
import { allOf, ruleWithListener, withListener } from './ports/loop-writes';
import { startOtherWriters } from './ports/other-writers';
import { refusals } from './ports/refused-writes';
import { clientsOf } from './traffic/clients';
import type { TwinRouter } from './traffic/port';
import { RequestTraffic } from './traffic/traffic';

/** The world of one run on a virtual clock: requests, cluster and AWS, and the ports through which the control loop meets them. */
export interface Twin {
  readonly kernel: VirtualKernel;
  readonly traffic: RequestTraffic;
  readonly router: TwinRouter;
  readonly cluster: Cluster;
  readonly ports: Ports;
  /** The instant of second 0. */
  readonly startEpochSeconds: number;
}

export interface TwinInput {
  readonly loaded: LoadedScenario;
  readonly fleet: Fleet;
  readonly seed: number;
}

/** Builds the world of a scenario at its second 0. */
export const createTwin = ({ loaded, fleet, seed }: TwinInput): Twin => {
  const { scenario } = loaded;
  const startEpochSeconds = Date.parse(scenario.startTime) / 1000;
  const random = randomStreams(seed);
  const kernel = new VirtualKernel();
  const traffic = new RequestTraffic({
    units: fleet.units.map((unit) => ({ name: unit.name, ...stationOf(unit.profile) })),
    clients: clientsOf(loaded, random),
    twin: scenario.twin,
    random,
    objectiveLatencySeconds: fleet.objective.latencySeconds,
    warmUpSeconds: scenario.warmUpSeconds,
    mayAnswerWithErrors: scenario.reality.failingRequests.length > 0,
  });
  const rule = new ListenerRule(fleet, traffic, kernel);
  const cluster = new Cluster({
    fleet,
    scenario,
    kernel,
    random,
    traffic,
    startEpochSeconds,
    availability: loaded.availability,
    spotPrices: loaded.spotPrices,
  });
  const { refusedWrites, otherWriters } = scenario.reality;
  const writes = allOf([
    refusals(refusedWrites, () => kernel.now),
    startOtherWriters({ entries: otherWriters, fleet, kernel, api: cluster.kubernetes, rule }),
  ]);
  const router = createAlb({
    fleet,
    kernel,
    traffic,
    rule,
    ruleOfLoop: ruleWithListener(rule, writes),
    startEpochSeconds,
    metricDelaySeconds: scenario.twin.metricDelaySeconds,
  });
  const ports: Ports = {
    clock: { nowSeconds: () => startEpochSeconds + kernel.now },
    ec2: cluster.ec2,
    routers: { AlbListenerRule: router.adapter },
    kubernetes: withListener(cluster.kubernetes, writes),
    log: () => {},
  };
  return { kernel, traffic, router, cluster, ports, startEpochSeconds };
};
