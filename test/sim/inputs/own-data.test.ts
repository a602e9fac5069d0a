import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadScenario } from '../../../sim/inputs/load-scenario';
import { scenariosDirectory, shippedScenarioNames } from '../../../sim/inputs/shipped-scenarios';

const directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
afterAll(() => rmSync(directory, { recursive: true }));
const write = (name: string, content: unknown) =>
  writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
const smoke = JSON.parse(readFileSync(join(scenariosDirectory(), 'smoke.json'), 'utf8')) as Record<string, unknown>;
/** Smoke, which says how it starts, without that. 105 and 90 requests per minute and pod, at 80 % of it, half of the traffic each. */
const unstated = { ...smoke, warmUpSeconds: undefined, initialReplicas: undefined };

describe('A scenario that does not say how it starts', () => {
  it('starts with pods for its first load, and says so', () => {
    write('open.json', { ...unstated, clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: 1680 } } });
    const { scenario, notes } = loadScenario('open.json', directory);
    // Each could take the load of both: 1680 / 105 = 16 and 1680 / 90 = 18.7. At the target utilization 10 and 12 would do.
    expect(scenario.initialReplicas).toEqual({ inf2: 16, g5: 19 });
    expect(notes).toEqual([
      'starts warm, with pods for its first load: inf2 16, g5 19; initialReplicas or warmUpSeconds of the scenario set another start',
    ]);
  });

  it('has pods for the highest load until further ones could be ready, and no more than its units may have', () => {
    // Cold starts are 240 and 180 seconds.
    write('rise.csv', 'timestampSeconds,requestsPerMinute\n0,168\n180,1680\n240,99999\n');
    write('mine.json', unstated);
    expect(loadScenario('mine.json', directory, { arrivals: 'rise.csv' }).scenario.initialReplicas).toEqual({ inf2: 16, g5: 19 });
    write('high.csv', 'timestampSeconds,requestsPerMinute\n0,99999\n');
    expect(loadScenario('mine.json', directory, { arrivals: 'high.csv' }).scenario.initialReplicas).toEqual({ inf2: 100, g5: 100 });
  });

  it('counts users of a closed loop by how often they ask', () => {
    // 33.5 users with an answer after 0.67 s ask 3,000 times a minute: 3000 / 105 = 28.6 and 3000 / 90 = 33.3.
    write('closed.json', { ...unstated, clients: { kind: 'closed-loop', users: { kind: 'constant', value: 33.5 } } });
    expect(loadScenario('closed.json', directory).scenario.initialReplicas).toEqual({ inf2: 29, g5: 34 });
  });

  it('has no more pods than the target utilization asks for, without resilience', () => {
    const fleet = { ...(smoke.fleet as object), resilience: 0 };
    // 840 / (105 * 0.8) = 10 and 840 / (90 * 0.8) = 11.7
    write('bare.json', { ...unstated, fleet, clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: 1680 } } });
    expect(loadScenario('bare.json', directory).scenario.initialReplicas).toEqual({ inf2: 10, g5: 12 });
  });

  it.each([{ warmUpSeconds: 0 }, { initialReplicas: { g5: 3 } }])('is none that states %o', (start) => {
    write('stated.json', { ...unstated, ...start });
    const { scenario, notes } = loadScenario('stated.json', directory);
    expect(scenario.initialReplicas).toEqual(start.initialReplicas ?? {});
    expect(notes).toBeUndefined();
  });

  it('is none of the shipped ones: their published figures keep their start', () => {
    for (const name of shippedScenarioNames()) expect(loadScenario(name, directory).notes).toBeUndefined();
  });
});

describe('Times since 1970', () => {
  const start = 1_793_491_200; // 2026-11-01T00:00:00Z
  it.each([1, 1000])('of arrivals move the scenario to their first row, in units of 1/%i second', (perSecond) => {
    write('epoch.csv', `timestampSeconds,requestsPerMinute\n${start * perSecond},60\n${(start + 60) * perSecond},120\n`);
    const { scenario, arrivals, notes } = loadScenario('smoke', directory, { arrivals: 'epoch.csv' });
    expect(arrivals).toEqual({
      kind: 'rates',
      rows: [
        { timestampSeconds: 0, requestsPerMinute: 60 },
        { timestampSeconds: 60, requestsPerMinute: 120 },
      ],
    });
    expect(scenario.startTime).toBe('2026-11-01T00:00:00Z');
    expect(notes).toEqual(['second 0 is 2026-11-01T00:00:00Z, the first row of the arrivals']);
  });

  it('of capacity count from the start; what held before it holds at it', () => {
    write('epoch.csv', `timestampSeconds,requestsPerMinute\n${start},60\n`);
    write('capacity.csv', `timestampSeconds,pool,devices\n${start - 120},g5-od,1\n${start - 60},g5-od,2\n${start + 600},g5-od,\n`);
    const { availability } = loadScenario('smoke', directory, { arrivals: 'epoch.csv', availability: 'capacity.csv' });
    expect(availability).toEqual([
      { timestampSeconds: 0, pool: 'g5-od', devices: 2 },
      { timestampSeconds: 600, pool: 'g5-od', devices: null },
    ]);
  });

  it('place prices with their dates beside the arrivals', () => {
    write('epoch.csv', `timestampSeconds,requestsPerMinute\n${start},60\n`);
    const price = { AvailabilityZone: 'us-west-2a', InstanceType: 'g5.xlarge', ProductDescription: 'Linux/UNIX', SpotPrice: '0.5' };
    write('prices.json', { SpotPriceHistory: [{ ...price, Timestamp: '2026-11-01T00:10:00Z' }] });
    const { spotPrices } = loadScenario('smoke', directory, { arrivals: 'epoch.csv', spotPrices: 'prices.json' });
    expect(spotPrices?.map(({ timestampSeconds }) => timestampSeconds)).toEqual([600]);
  });
});

describe('Another length', () => {
  it('that is shorter leaves out what begins later, and says so', () => {
    // Smoke lasts 3600 s; inf2-spot is lost at 1500 s and comes back at 2700 s.
    const { scenario, availability, notes } = loadScenario('smoke', directory, { duration: 1800 });
    expect(scenario.durationSeconds).toBe(1800);
    expect(availability.map(({ timestampSeconds }) => timestampSeconds)).toEqual([0, 1500]);
    expect(notes).toEqual(['lasts 1800 s in place of 3600 s; 1 entry of the scenario after its end left out']);
  });

  it('that is longer goes on with what holds at the end', () => {
    const { scenario, notes } = loadScenario('smoke', directory, { duration: 7200 });
    expect(scenario.durationSeconds).toBe(7200);
    expect(notes).toEqual(['lasts 7200 s in place of 3600 s']);
  });

  it('decides how much of a file is used', () => {
    write('two-hours.csv', `timestampSeconds,requestsPerMinute\n0,60\n3600,120\n7200,60\n`);
    expect(loadScenario('smoke', directory, { arrivals: 'two-hours.csv' }).fileUses?.[0]).toMatchObject({ found: 3, used: 1 });
    expect(loadScenario('smoke', directory, { arrivals: 'two-hours.csv', duration: 7201 }).fileUses?.[0]).toMatchObject({
      found: 3,
      used: 3,
    });
  });
});
