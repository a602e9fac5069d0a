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
import { silentCloudWatch, silentEc2, silentKubernetes, silentRule } from './ports/silent-signals';
import { type Signals, signalsOf } from './reality/signals';
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
  /** Which signals the ports withhold. */
  readonly signals: Signals;
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
    fleets: [fleet],
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
  const signals = signalsOf(scenario.reality);
  const silence = { signals, nowSeconds: () => kernel.now };
  const router = createAlb({
    fleet,
    kernel,
    traffic,
    rule,
    ruleOfLoop: silentRule(ruleWithListener(rule, writes), silence),
    cloudWatchOfLoop: (cloudWatch) => silentCloudWatch(cloudWatch, silence),
    startEpochSeconds,
    metricDelaySeconds: scenario.twin.metricDelaySeconds,
  });
  const ports: Ports = {
    clock: { nowSeconds: () => startEpochSeconds + kernel.now },
    ec2: silentEc2(cluster.ec2, silence),
    routers: { AlbListenerRule: router.adapter },
    kubernetes: silentKubernetes(withListener(cluster.kubernetes, writes), silence),
    log: () => {},
  };
  return { kernel, traffic, router, cluster, ports, signals, startEpochSeconds };
};
