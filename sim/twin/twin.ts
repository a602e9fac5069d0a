import { ruleDefaults } from '../../lambda/control-loop/contract/defaults';
import type { Fleet } from '../../lambda/control-loop/model/fleet';
import { stationOf } from '../../lambda/control-loop/model/profile';
import type { Ports } from '../../lambda/control-loop/ports';
import { unitsToCome } from '../inputs/deployments';
import { fleetsOf } from '../inputs/fleets';
import type { LoadedScenario } from '../inputs/loaded-scenario';
import { VirtualKernel } from '../kernel/kernel';
import { type RandomStreams, randomStreams } from '../kernel/random';
import { albAdapter } from './aws/alb';
import { ListenerRule, listenerRules } from './aws/listener-rule';
import { creatorOf } from './cloudformation/custom-resource';
import { type DeployedFleet, ruleLogicalId } from './cloudformation/fleet-stack';
import { startDeployments } from './cloudformation/stack';
import { Cluster } from './cluster';
import { allOf, ruleWithListener, withListener } from './ports/loop-writes';
import { startOtherWriters } from './ports/other-writers';
import { refusals } from './ports/refused-writes';
import { silentCloudWatch, silentEc2, silentKubernetes, silentRule } from './ports/silent-signals';
import { type Signals, signalsOf } from './reality/signals';
import { clientsOf } from './traffic/clients';
import { trafficOfFleets } from './traffic/fleets-traffic';
import type { PodTraffic, TwinRouter } from './traffic/port';
import { RequestTraffic } from './traffic/traffic';

/** One fleet of the world, with its requests. */
interface TwinFleet {
  readonly fleet: Fleet;
  readonly traffic: RequestTraffic;
  readonly router: TwinRouter;
}

/** The world of one run on a virtual clock: requests, cluster and AWS, and the ports through which the control loop meets them. */
export interface Twin {
  readonly kernel: VirtualKernel;
  readonly fleets: readonly TwinFleet[];
  /** The requests of all fleets. */
  readonly traffic: PodTraffic;
  readonly cluster: Cluster;
  readonly ports: Ports;
  /** Which signals the ports withhold. */
  readonly signals: Signals;
  /** The instant of second 0. */
  readonly startEpochSeconds: number;
}

export interface TwinInput {
  readonly loaded: LoadedScenario;
  /** What the scenario describes, in its order. */
  readonly fleets: readonly Fleet[];
  readonly seed: number;
}

/** Builds the world of a scenario at its second 0. */
export const createTwin = ({ loaded, fleets: described, seed }: TwinInput): Twin => {
  const { scenario } = loaded;
  const startEpochSeconds = Date.parse(scenario.startTime) / 1000;
  const random = randomStreams(seed);
  const kernel = new VirtualKernel();
  const nowSeconds = (): number => kernel.now;
  const toCome = unitsToCome(scenario.deployments);
  const ruleOf = (fleet: Fleet, traffic: RequestTraffic): ListenerRule =>
    new ListenerRule({
      fleet,
      traffic,
      kernel,
      toCome,
      priority: ruleDefaults.priority,
      creator: creatorOf(ruleLogicalId(fleet)),
      targetsOf: (unit) => cluster.targetsOf(unit),
    });
  const fleets = described.map((fleet, index) => {
    const traffic = createTraffic(fleet, index, loaded, random);
    return { fleet, traffic, rule: ruleOf(fleet, traffic) };
  });
  const traffic = trafficOfFleets(fleets.map(({ fleet, traffic: own }) => ({ traffic: own, units: fleet.units.length })));
  const cluster: Cluster = new Cluster({
    fleets: described,
    scenario,
    kernel,
    random,
    traffic,
    startEpochSeconds,
    availability: loaded.availability,
    spotPrices: loaded.spotPrices,
  });
  startDeployments({
    deployments: scenario.deployments,
    fleets: fleets.map(({ fleet, rule }) => deployedFleet(fleet, rule, cluster)),
    updatePool: (pool) => cluster.updatePool(pool),
    deletePool: (pool) => cluster.deletePool(pool),
    makeAnew: (object) => cluster.makeAnew(object),
    kernel,
    settings: cluster.settings,
    startEpochSeconds,
  });
  const { refusedWrites, otherWriters } = scenario.reality;
  const writes = allOf([
    refusals(refusedWrites, nowSeconds),
    startOtherWriters({ entries: otherWriters, fleets, kernel, api: cluster.kubernetes }),
  ]);
  const signals = signalsOf(scenario.reality);
  const silence = { signals, nowSeconds };
  const alb = albAdapter({
    fleets: described,
    kernel,
    traffic,
    rulesOfLoop: silentRule(ruleWithListener(listenerRules(fleets.map(({ rule }) => rule)), writes), silence),
    cloudWatchOfLoop: (cloudWatch) => silentCloudWatch(cloudWatch, silence),
    startEpochSeconds,
    metricDelaySeconds: scenario.twin.metricDelaySeconds,
  });
  const ports: Ports = {
    clock: { nowSeconds: () => startEpochSeconds + kernel.now },
    ec2: silentEc2(cluster.ec2, silence),
    routers: { AlbListenerRule: alb },
    kubernetes: silentKubernetes(withListener(cluster.kubernetes, writes), silence),
    log: () => {},
  };
  return {
    kernel,
    fleets: fleets.map(({ rule, ...fleet }) => ({ ...fleet, router: rule })),
    traffic,
    cluster,
    ports,
    signals,
    startEpochSeconds,
  };
};

/** The requests of one fleet. Those of the scenario's own fleet are the same whatever other fleets there are. */
const createTraffic = (fleet: Fleet, index: number, { scenario, arrivals }: LoadedScenario, streams: RandomStreams): RequestTraffic => {
  const random: RandomStreams = index === 0 ? streams : (purpose) => streams(`${fleet.name}/${purpose}`);
  return new RequestTraffic({
    units: fleet.units.map((unit) => ({ name: unit.name, ...stationOf(unit.profile) })),
    clients: clientsOf(fleetsOf(scenario)[index]!.clients, index === 0 ? arrivals : undefined, random),
    twin: scenario.twin,
    random,
    objectiveLatencySeconds: fleet.objective.latencySeconds,
    warmUpSeconds: scenario.warmUpSeconds,
    mayAnswerWithErrors: scenario.reality.failingRequests.length > 0,
    mayWaitForDependency: scenario.reality.slowDependencies.length > 0,
  });
};

const deployedFleet = (fleet: Fleet, rules: ListenerRule, cluster: Cluster): DeployedFleet => ({
  fleet,
  rules,
  createWorkload: (unit) => cluster.createWorkload(unit),
  deleteWorkload: (unit) => cluster.deleteWorkload(unit),
  updateWorkload: (unit) => cluster.updateWorkload(unit),
  writeSpec: (spec) => cluster.writeSpec(fleet, spec),
});
