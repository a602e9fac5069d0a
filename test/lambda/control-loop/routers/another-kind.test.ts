import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import type { Decide } from '../../../../lambda/control-loop/decide/decide';
import { RouterNotFoundError, WeightsChangedError } from '../../../../lambda/control-loop/errors';
import type { Fleet } from '../../../../lambda/control-loop/model/fleet';
import { known, unknown } from '../../../../lambda/control-loop/model/observation';
import type { Routing, Weights } from '../../../../lambda/control-loop/model/router';
import type { TickCaches } from '../../../../lambda/control-loop/observe/caches';
import { readFleet } from '../../../../lambda/control-loop/observe/fleets';
import type {
  RoutedUnit,
  RouterAdapters,
  TrafficMetrics,
  TrafficSplitter,
  UnitTraffic,
} from '../../../../lambda/control-loop/routers/adapter';
import { createTickCaches, type TickRecord, tick } from '../../../../lambda/control-loop/tick';
import { alwaysWants } from '../../../support/decisions';
import type { FakePorts } from '../../../support/fake-ports';
import { addFleet, chatSpec, chatWorld, NOW_SECONDS, ruleArn, targetGroupArn } from '../../../support/fake-world';

/** An HTTPRoute of the Gateway API, a kind of router that the loop does not know. */
interface HttpRoute {
  readonly kind: 'HttpRoute';
  readonly name: string;
}

/** A `backendRef` of such a route. */
interface ServiceBackend {
  readonly kind: 'Service';
  readonly serviceName: string;
}

/** Highest weight of a `backendRef` (Gateway API, HTTPBackendRef). */
const MAX_WEIGHT = 1_000_000;

/** Routes in memory, with weights by Service. */
class Gateway implements TrafficSplitter<HttpRoute, ServiceBackend> {
  readonly maxWeight = MAX_WEIGHT;
  readonly routes = new Map<string, Record<string, number>>();
  /** Runs before a write: another writer who is faster. */
  beforeWrite: () => void = () => {};

  resourcesOf({ router, backends }: Routing<HttpRoute, ServiceBackend>): readonly string[] {
    return [this.nameOf(router), ...Object.values(backends).map(({ serviceName }) => `Service default/${serviceName}`)];
  }

  async readOwner(): Promise<undefined> {
    return undefined;
  }

  nameOf({ name }: HttpRoute): string {
    return `HTTPRoute default/${name}`;
  }

  async readWeights({ router, backends }: Routing<HttpRoute, ServiceBackend>): Promise<Weights> {
    const route = this.#route(router);
    return Object.fromEntries(Object.entries(backends).map(([unit, { serviceName }]) => [unit, route[serviceName]!]));
  }

  async writeWeights(routing: Routing<HttpRoute, ServiceBackend>, weights: Weights, observed: Weights): Promise<void> {
    this.beforeWrite();
    const route = this.#route(routing.router);
    for (const [unit, { serviceName }] of Object.entries(routing.backends)) {
      if (route[serviceName] !== observed[unit]) throw new WeightsChangedError(unit, route[serviceName], observed[unit]);
    }
    for (const [unit, weight] of Object.entries(weights)) route[routing.backends[unit]!.serviceName] = weight;
  }

  #route({ name }: HttpRoute): Record<string, number> {
    const route = this.routes.get(name);
    if (route === undefined) throw new RouterNotFoundError(`HTTPRoute ${name} not found`);
    return route;
  }
}

/** A service mesh that answers with the rate of each Service, at once and without minutes. */
class Mesh implements TrafficMetrics<HttpRoute, ServiceBackend> {
  readonly asked: RoutedUnit<HttpRoute, ServiceBackend>[] = [];
  requestsPerMinute: Readonly<Record<string, number>> = { 'inf2-svc': 60, 'g5-svc': 60 };

  async read(units: readonly RoutedUnit<HttpRoute, ServiceBackend>[]): Promise<ReadonlyMap<string, UnitTraffic>> {
    this.asked.push(...units);
    return new Map(
      units.flatMap(({ key, backend }) => {
        const rate = this.requestsPerMinute[backend.serviceName];
        return rate === undefined ? [] : [[key, trafficOf(rate)] as const];
      }),
    );
  }
}

const trafficOf = (requestsPerMinute: number): UnitTraffic => ({
  minutes: unknown('a mesh keeps no minutes'),
  requestsPerMinute: known({ atSeconds: [NOW_SECONDS - 60], values: [requestsPerMinute] }, NOW_SECONDS),
  latencySeconds: known(0.5, NOW_SECONDS),
  errorsPerMinute: known(0, NOW_SECONDS),
  healthyHosts: unknown('a mesh counts no hosts'),
});

/** What a version of the custom resource that knows HTTPRoutes would describe. */
const behindRoute = (fleet: Fleet): Fleet =>
  ({
    ...fleet,
    router: { kind: 'HttpRoute', name: fleet.name },
    units: fleet.units.map((unit) => ({ ...unit, backend: { kind: 'Service', serviceName: `${unit.name}-svc` } })),
  }) as unknown as Fleet;

/** The fleet `chat` behind an HTTPRoute; nothing in the world has a load balancer for it. */
const routedWorld = (state: Parameters<typeof chatWorld>[1] = {}) => {
  const fake = chatWorld({}, state);
  fake.rules.clear();
  fake.metric = () => undefined;
  const gateway = new Gateway();
  gateway.routes.set('chat', { 'inf2-svc': 1, 'g5-svc': 1 });
  const mesh = new Mesh();
  const caches = createTickCaches();
  rememberAs(behindRoute, fake, caches);
  const run = (decide?: Decide): Promise<TickRecord> =>
    tick(
      { ...fake.ports, routers: { ...fake.ports.routers, HttpRoute: { splitter: gateway, metrics: mesh } } as unknown as RouterAdapters },
      { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches, ...(decide ? { decide } : {}) },
    );
  return { fake, gateway, mesh, run };
};

/** The loop parses a spec once and keeps the fleet; here it keeps another. */
const rememberAs = (change: (fleet: Fleet) => Fleet, fake: FakePorts, caches: TickCaches): void => {
  const { key, fleet } = readFleet(fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default'), caches);
  caches.fleets.set(key, { ...caches.fleets.get(key)!, fleet: change(fleet!) });
};

const wants = alwaysWants({ units: { inf2: { share: 0.25 }, g5: { share: 0.75 } } });

describe('a fleet behind a router of another kind', () => {
  it('is observed, decided on and written by the same tick', async () => {
    const { fake, gateway, mesh, run } = routedWorld({ ready: { inf2: {}, g5: { 'g5-spot': 1 } } });
    const record = await run();
    expect(mesh.asked.map(({ key, percentile }) => [key, percentile])).toEqual([
      ['default/chat/inf2', 95],
      ['default/chat/g5', 95],
    ]);
    expect(record.observation.units['default/chat/g5']?.requestsPerMinute).toMatchObject({ known: true, value: { values: [60] } });
    expect(record.observation.routerWeights['default/chat']).toMatchObject({ known: true, value: { inf2: 1, g5: 1 } });
    // The built-in policy takes all traffic off the unit without a live pod.
    expect(gateway.routes.get('chat')).toEqual({ 'inf2-svc': 0, 'g5-svc': MAX_WEIGHT });
    expect(fake.callsOf('elbv2.describeRule')).toEqual([]);
    expect(fake.callsOf('cloudWatch.getMetricData')).toEqual([]);
  });

  it('has shares in the range of its router, under its own name in every record', async () => {
    const { fake, gateway, run } = routedWorld();
    const record = await run(wants);
    expect(gateway.routes.get('chat')).toEqual({ 'inf2-svc': 250_000, 'g5-svc': 750_000 });
    expect(record.writes).toEqual([
      {
        fleets: ['default/chat'],
        object: 'HTTPRoute default/chat',
        fields: { inf2: '250000', g5: '750000' },
        previous: { inf2: '1', g5: '1' },
        outcome: 'Done',
      },
    ]);
    const { status } = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
    expect(status.lastDecision.writes).toEqual([
      { object: 'HTTPRoute default/chat', changes: { 'share/inf2': { from: 1, to: 250_000 }, 'share/g5': { from: 1, to: 750_000 } } },
    ]);
    expect(status.memory.written).toMatchObject({ 'share/inf2': { value: 250_000, previous: 1 } });
  });

  it('is settled after a tick: the next one writes no weights', async () => {
    const { fake, run } = routedWorld();
    await run(wants);
    fake.nowSeconds += 60;
    expect((await run(wants)).writes).toEqual([]);
  });

  it('is left alone where another writer was faster', async () => {
    const { gateway, run } = routedWorld();
    gateway.beforeWrite = () => gateway.routes.set('chat', { 'inf2-svc': 5, 'g5-svc': 1 });
    const [write] = (await run(wants)).writes;
    expect(write).toMatchObject({ outcome: 'Conflict', message: 'weight of inf2 is 5 now, 1 when it was observed' });
    expect(gateway.routes.get('chat')).toEqual({ 'inf2-svc': 5, 'g5-svc': 1 });
  });

  it('whose router is gone has unknown weights and keeps its shares', async () => {
    const { gateway, run } = routedWorld();
    gateway.routes.clear();
    const record = await run(wants);
    expect(record.observation.routerWeights['default/chat']).toEqual({
      known: false,
      reason: 'HTTPRoute default/chat failed: HTTPRoute chat not found',
    });
    expect(record.writes).toEqual([]);
  });

  it('whose router goes during the tick is not written', async () => {
    const { gateway, run } = routedWorld();
    gateway.beforeWrite = () => gateway.routes.clear();
    expect((await run(wants)).writes).toMatchObject([{ object: 'HTTPRoute default/chat', outcome: 'NotFound' }]);
  });

  it('has unknown traffic where the metrics fail, and only for the units that they leave out', async () => {
    const { mesh, run } = routedWorld();
    mesh.requestsPerMinute = { 'g5-svc': 60 };
    const { units } = (await run(wants)).observation;
    expect(units['default/chat/inf2']?.latencySeconds).toEqual({ known: false, reason: 'the metrics of its router left the unit out' });
    expect(units['default/chat/g5']?.latencySeconds.known).toBe(true);

    mesh.read = () => Promise.reject(new Error('the mesh is down'));
    const after = (await run(wants)).observation.units['default/chat/g5'];
    expect(after?.errorsPerMinute).toEqual({ known: false, reason: 'the metrics of its router failed: the mesh is down' });
    expect(after?.readyPodsByPool.known).toBe(true);
  });

  it('shares a tick with a fleet behind a listener rule', async () => {
    const { fake, gateway, run } = routedWorld();
    const spec = chatSpec({ router: { listenerRuleArn: ruleArn('search') } });
    const units = spec.units.map((unit) => ({
      ...unit,
      deployment: `search-${unit.name}`,
      scaler: { ...unit.scaler, name: `search-${unit.name}` },
    }));
    addFleet(fake, 'search', { ...spec, units });
    const record = await run(wants);
    expect(record.writes.map(({ object, outcome }) => [object.split(' ')[0], outcome])).toEqual([
      ['HTTPRoute', 'Done'],
      ['ListenerRule', 'Done'],
    ]);
    expect(gateway.routes.get('chat')).toEqual({ 'inf2-svc': 250_000, 'g5-svc': 750_000 });
    expect(fake.rules.get(ruleArn('search'))).toEqual({ [targetGroupArn('inf2')]: 250, [targetGroupArn('g5')]: 749 });
  });
});
