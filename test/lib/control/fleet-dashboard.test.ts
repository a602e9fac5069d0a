import { CfnParameter, Duration, type Environment, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { FleetAlarms, FleetDashboard, type FleetDashboardOptions } from '../../../lib';
import { complaint, ENV, newStack } from '../support/fixture';
import { newFleet } from '../support/fleet';
import { names, type WatchedFleetOptions, watchedFleet } from './watched-fleet';

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly alarms?: readonly string[];
    readonly metrics?: readonly unknown[];
    readonly annotations?: { readonly horizontal?: readonly { readonly value: number; readonly label?: string }[] };
  };
}

const text = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : '<token>')).join('');

const dashboards = (stack: Stack) =>
  Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard')).map(({ Properties }) => ({
    name: Properties.DashboardName as unknown,
    body: JSON.parse(text(Properties.DashboardBody)) as { widgets: Widget[]; start?: string; periodOverride?: string },
    size: text(Properties.DashboardBody).length,
  }));

interface Shown {
  readonly name: unknown;
  readonly widgets: readonly Widget[];
  readonly body: ReturnType<typeof dashboards>[number]['body'];
  readonly size: number;
}

const shown = (fleet: WatchedFleetOptions = {}, options: FleetDashboardOptions = {}, withAlarms = false, env: Environment = ENV): Shown => {
  const stack = newStack('Test', env);
  const watched = watchedFleet(stack, fleet);
  const alarms = withAlarms ? new FleetAlarms(stack, 'Alarms', { fleet: watched }).all : undefined;
  new FleetDashboard(stack, 'Dashboard', { fleet: watched, ...options, ...(alarms && { alarms }) });
  const dashboard = dashboards(stack)[0]!;
  return { ...dashboard, widgets: dashboard.body.widgets };
};

const titled = ({ widgets }: Shown, title: string): Widget => {
  const found = widgets.filter(({ type, properties, width }) => type === 'metric' && properties.title === title && width > 6);
  if (found.length !== 1 || !found[0]) throw new Error(`expected one graph "${title}", found ${found.length}`);
  return found[0];
};

describe('the dashboard', () => {
  it('of a fleet with its alarms', () => {
    const { body } = shown({}, {}, true);
    const widgets = body.widgets.map(({ x, y, width, height, type, properties: { title, metrics = [], ...rest } }) => [
      `${title ?? type}: ${width} x ${height} at ${x}, ${y}`,
      ...metrics.map((metric) => JSON.stringify(metric)),
      JSON.stringify(rest),
    ]);
    expect({ ...body, widgets }).toMatchSnapshot();
  });

  it('of a fleet without a router measures no requests, and says so', () => {
    const { widgets } = shown({ withoutRouter: true });
    expect(widgets.map(({ properties }) => properties.title).join()).not.toMatch(/Latency|Requests|Errors/);
    expect(widgets[0]?.properties.markdown).toContain('No router');
    expect(JSON.stringify(widgets)).not.toContain('AWS/ApplicationELB');
  });

  it('of a fleet made here shows its units and pools', () => {
    const stack = newStack();
    const { fleet } = newFleet(stack);
    new FleetDashboard(stack, 'Dashboard', { fleet });
    const body = JSON.stringify(dashboards(stack)[0]?.body);
    for (const name of [...fleet.units.map(({ unitName }) => unitName), ...fleet.pools.map(({ poolName }) => poolName)]) {
      expect(body).toContain(`"${name}"`);
    }
  });

  it('begins with what the fleet promises and what the words mean', () => {
    const { widgets } = shown({ objective: { percentile: 99, attainment: 0.999 } });
    const markdown = widgets[0]?.properties.markdown;
    expect(markdown).toContain('99.9 % of the requests answered within 900 ms, watched at p99');
    for (const word of ['Share', 'Pending', 'Floor', 'Limit', 'shortage', 'Strategy', 'Decision age']) expect(markdown).toContain(word);
  });

  it('draws the objective as a line, in seconds, and the goal as a share', () => {
    const fleet = shown({ objective: { attainment: 0.999 } });
    expect(titled(fleet, 'Latency against the objective').properties.annotations?.horizontal).toMatchObject([{ value: 0.9 }]);
    expect(titled(fleet, 'Requests within the objective').properties.annotations?.horizontal).toMatchObject([{ value: 0.999 }]);
  });

  it('shows the percentile of the objective beside the usual ones', () => {
    const latency = JSON.stringify(titled(shown({ objective: { percentile: 97.5 } }), 'Latency against the objective').properties.metrics);
    for (const percentile of ['p50', 'p97.5', 'p99']) expect(latency).toContain(`"stat":"${percentile}"`);
  });

  it('keeps to minutes however far back it looks', () => {
    const { body } = shown({}, { defaultInterval: Duration.days(2) });
    expect(body.periodOverride).toBe('inherit');
    expect(body.start).toBe('-P2D');
  });
});

describe('a large fleet', () => {
  const large = shown({ units: names('unit', 50), pools: names('pool', 100), withoutRouter: true }, {}, true);

  it('has no more metrics than CloudWatch allows, in a graph and in all', () => {
    const counts = large.widgets.map(({ properties }) => properties.metrics?.length ?? 0);
    expect(Math.max(...counts)).toBeLessThanOrEqual(500);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(2500);
  });

  it('has one graph for all of its pools, not one for each', () => {
    expect(titled(large, 'Devices running, by pool').properties.metrics).toHaveLength(100);
    expect(titled(large, 'Limits, by pool').properties.metrics).toHaveLength(100);
    expect(large.widgets.length).toBeLessThan(30);
  });

  it('shows all alarms, a hundred in a widget at most', () => {
    const alarms = large.widgets.flatMap(({ properties }) => (properties.alarms ? [properties.alarms.length] : []));
    expect(alarms).toEqual([100, 53]);
  });

  it('leaves room in the template', () => {
    // A template is 1 MB at most.
    expect(large.size).toBeLessThan(300_000);
  });
});

describe('widgets', () => {
  it.each([
    ['few pools', {}],
    ['eight pools', { pools: names('pool', 8) }],
    ['many units', { units: names('unit', 50), withoutRouter: true }],
  ])('of a fleet with %s lie side by side, none over another', (_, fleet) => {
    const { widgets } = shown(fleet, {}, true);
    const taken = new Set<string>();
    for (const { x, y, width, height } of widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      for (let column = x; column < x + width; column += 1) {
        for (let row = y; row < y + height; row += 1) {
          expect(taken.has(`${column}/${row}`)).toBe(false);
          taken.add(`${column}/${row}`);
        }
      }
    }
  });

  it('of few pools show devices against limit and maximum', () => {
    const { widgets } = shown();
    const pool = widgets.find(({ properties }) => properties.title === 'Devices of g5-spot');
    expect(JSON.stringify(pool?.properties.metrics)).toMatch(/RunningDevices.*LimitDevices/);
    expect(pool?.properties.annotations?.horizontal).toMatchObject([{ value: 8, label: 'maximum' }]);
  });
});

describe('the name', () => {
  it('is made of fleet, stack and region', () => {
    expect(shown().name).toMatch(/^default-chat-Test-us-west-2-[0-9a-f]{8}$/);
  });

  it('differs by region where the stack does not', () => {
    expect(shown({}, {}, false, { ...ENV, region: 'eu-west-1' }).name).not.toEqual(shown().name);
    expect(JSON.stringify(shown({}, {}, false, {}).name)).toContain('AWS::Region');
  });

  it('differs by fleet and by construct within a stack', () => {
    const stack = newStack();
    const [one, two] = ['one', 'two'].map((fleetName) => watchedFleet(stack, { fleetName }));
    new FleetDashboard(stack, 'A', { fleet: one! });
    new FleetDashboard(stack, 'B', { fleet: one! });
    new FleetDashboard(stack, 'C', { fleet: two! });
    expect(new Set(dashboards(stack).map(({ name }) => name)).size).toBe(3);
  });

  it('is no longer than CloudWatch allows', () => {
    const stack = newStack('S'.repeat(128));
    const dashboard = new FleetDashboard(stack, 'Dashboard', { fleet: watchedFleet(stack, { fleetName: 'f'.repeat(63) }) });
    expect(dashboard.dashboardName.length).toBeLessThanOrEqual(255);
  });

  it('can be chosen', () => {
    expect(shown({}, { dashboardName: 'Chat_1' }).name).toBe('Chat_1');
  });
});

describe('mistakes', () => {
  const hours = () => Duration.hours(new CfnParameter(newStack(), 'Hours', { type: 'Number' }).valueAsNumber);

  it.each<readonly [mistake: string, options: FleetDashboardOptions, says: string]>([
    ['a name with spaces', { dashboardName: 'my fleet' }, "`dashboardName` is not a valid name of a dashboard; given 'my fleet'"],
    ['no name', { dashboardName: '' }, "given '', expected at most 255 letters, digits, hyphens and underscores"],
    ['a name too long', { dashboardName: 'x'.repeat(256) }, 'at most 255'],
    [
      'a look back of minutes',
      { defaultInterval: Duration.minutes(5) },
      "`defaultInterval` is too short to show a trend; given '5 minutes'",
    ],
    ['a look back of a token', { defaultInterval: hours() }, '`defaultInterval` is not known at synthesis'],
  ])('%s', (_, options, says) => {
    expect(complaint(() => shown({}, options))).toContain(says);
  });
});
