import { CfnParameter, Duration, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { FleetAlarms, type FleetAlarmsOptions } from '../../../lib';
import { complaint, newStack } from '../support/fixture';
import { names, type WatchedFleetOptions, watchedFleet } from './watched-fleet';

interface Watched {
  readonly stack: Stack;
  readonly alarms: FleetAlarms;
  readonly template: Template;
}

const watched = (options: FleetAlarmsOptions = {}, fleet: WatchedFleetOptions = {}, stack = newStack()): Watched => {
  const alarms = new FleetAlarms(stack, 'Alarms', { fleet: watchedFleet(stack, fleet), ...options });
  return { stack, alarms, template: Template.fromStack(stack) };
};

interface AlarmProperties {
  readonly AlarmDescription: string;
  readonly EvaluationPeriods: number;
  readonly Metrics: readonly {
    readonly Id: string;
    readonly Expression?: string;
    readonly ReturnData?: boolean;
    readonly MetricStat?: { readonly Period: number };
  }[];
}

const ofAlarm = ({ template }: Watched, id: RegExp): AlarmProperties => {
  const found = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).filter(([logicalId]) => id.test(logicalId));
  if (found.length !== 1 || !found[0]) throw new Error(`expected one alarm like ${id}, found ${found.length}`);
  return found[0][1].Properties;
};

describe('the alarm of a silent loop', () => {
  it('rings when ticks stay out, since nothing is what it hears then', () => {
    const alarm = ofAlarm(watched(), /SilentLoop/);
    expect(alarm).toMatchObject({
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 300,
      EvaluationPeriods: 5,
      TreatMissingData: 'breaching',
    });
    expect(alarm).not.toHaveProperty('DatapointsToAlarm');
  });

  it('hears a fleet that is only observed too, of which no decision is recorded', () => {
    const { Metrics } = ofAlarm(watched(), /SilentLoop/);
    expect(Metrics.find(({ ReturnData }) => ReturnData !== false)?.Expression).toBe('MAX([age, tick])');
    expect(Metrics).toContainEqual({
      Id: 'tick',
      Label: 'Tick duration',
      ReturnData: false,
      MetricStat: {
        Metric: {
          Namespace: 'AdaptiveInference',
          MetricName: 'TickDurationSeconds',
          Dimensions: [
            { Name: 'Cluster', Value: 'prod' },
            { Name: 'Fleet', Value: 'default/chat' },
          ],
        },
        Period: 60,
        Stat: 'Maximum',
        Unit: 'Seconds',
      },
    });
  });

  it('waits as long as told', () => {
    expect(ofAlarm(watched({ silentLoop: { after: Duration.minutes(12) } }), /SilentLoop/)).toMatchObject({
      Threshold: 720,
      EvaluationPeriods: 12,
    });
  });
});

describe('the alarm of a missed objective', () => {
  it('rings when minute after minute is below the attainment of the objective', () => {
    const alarm = ofAlarm(watched({}, { objective: { attainment: 0.999 } }), /MissedObjective/);
    expect(alarm).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 0.999,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 5,
    });
  });

  it('takes 99 percent for the goal where the objective states none', () => {
    expect(ofAlarm(watched(), /MissedObjective/)).toMatchObject({ Threshold: 0.99 });
  });

  it('rests while there are no requests', () => {
    expect(ofAlarm(watched(), /MissedObjective/)).toMatchObject({ TreatMissingData: 'notBreaching' });
  });

  it('watches no more metrics than CloudWatch allows, one of them the result', () => {
    const { Metrics } = ofAlarm(watched(), /MissedObjective/);
    expect(Metrics.filter(({ MetricStat }) => MetricStat)).toHaveLength(4);
    expect(Metrics.filter(({ ReturnData }) => ReturnData !== false)).toHaveLength(1);
  });

  it('counts minutes as told', () => {
    const { template } = watched({ missedObjective: { attainment: 0.95, minutes: 3, outOfMinutes: 10 } });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 0.95, EvaluationPeriods: 10, DatapointsToAlarm: 3 });
  });

  it('is left out where no load balancer measures latency', () => {
    const { alarms } = watched({}, { withoutRouter: true });
    expect(alarms.missedObjective).toBeUndefined();
    expect(alarms.all).toHaveLength(8);
  });
});

describe('the alarm of a contested field', () => {
  it('rings when every tick of five minutes met another writer, and stays as it is while the loop is silent', () => {
    expect(ofAlarm(watched(), /ContestedField/)).toMatchObject({
      Metrics: [
        {
          MetricStat: {
            Metric: {
              Namespace: 'AdaptiveInference',
              MetricName: 'Contested',
              Dimensions: [
                { Name: 'Cluster', Value: 'prod' },
                { Name: 'Fleet', Value: 'default/chat' },
              ],
            },
            Stat: 'Minimum',
            Period: 300,
            Unit: 'Count',
          },
        },
      ],
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
      EvaluationPeriods: 1,
      TreatMissingData: 'ignore',
    });
  });
});

describe('the alarm of failed writes', () => {
  it('rings when some failed in each of two steps of five minutes', () => {
    expect(ofAlarm(watched(), /FailedWrites/)).toMatchObject({
      Metrics: [
        {
          MetricStat: {
            Metric: {
              Namespace: 'AdaptiveInference',
              MetricName: 'WriteErrors',
              Dimensions: [
                { Name: 'Cluster', Value: 'prod' },
                { Name: 'Fleet', Value: 'default/chat' },
              ],
            },
            Stat: 'Sum',
            Period: 300,
            Unit: 'Count',
          },
        },
      ],
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
      EvaluationPeriods: 2,
      TreatMissingData: 'ignore',
    });
  });
});

describe('the alarms of long shortages', () => {
  it('are one a pool, and ring after half an hour without a break', () => {
    const fleet = watched();
    expect(Object.keys(fleet.alarms.longShortages)).toEqual(['g5-od', 'g5-spot', 'inf2-spot']);
    expect(ofAlarm(fleet, /LongShortageg5spot/)).toMatchObject({
      Metrics: [
        {
          MetricStat: {
            Metric: {
              Namespace: 'AdaptiveInference',
              MetricName: 'Shortage',
              Dimensions: [
                { Name: 'Cluster', Value: 'prod' },
                { Name: 'Pool', Value: 'g5-spot' },
              ],
            },
            Stat: 'Minimum',
            Period: 300,
            Unit: 'Count',
          },
        },
      ],
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
      EvaluationPeriods: 6,
      TreatMissingData: 'ignore',
    });
  });

  it('wait as long as told', () => {
    expect(ofAlarm(watched({ longShortage: { after: Duration.hours(2) } }), /LongShortageg5spot/)).toMatchObject({ EvaluationPeriods: 24 });
  });
});

describe('the alarms of parted profiles', () => {
  it('are one a unit, and ring after a day of which every tick found its learned profile more than a fifth away', () => {
    const fleet = watched();
    expect(Object.keys(fleet.alarms.partedProfiles)).toEqual(['g5', 'inf2']);
    expect(ofAlarm(fleet, /PartedProfileg5/)).toMatchObject({
      Metrics: [
        {
          MetricStat: {
            Metric: {
              Namespace: 'AdaptiveInference',
              MetricName: 'ProfileParted',
              Dimensions: [
                { Name: 'Cluster', Value: 'prod' },
                { Name: 'Fleet', Value: 'default/chat' },
                { Name: 'Unit', Value: 'g5' },
              ],
            },
            Stat: 'Minimum',
            Period: 3600,
            Unit: 'Count',
          },
        },
      ],
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
      EvaluationPeriods: 24,
      TreatMissingData: 'ignore',
    });
  });

  it('wait as long as they are given', () => {
    expect(ofAlarm(watched({ partedProfile: { after: Duration.hours(3) } }), /PartedProfileg5/)).toMatchObject({ EvaluationPeriods: 3 });
  });
});

describe('alarms', () => {
  it('tell a topic when they ring and when it is over', () => {
    const stack = newStack();
    const topic = new sns.Topic(stack, 'Topic');
    const { template, alarms } = watched({ topic }, {}, stack);
    const told = [{ Ref: Match.stringLikeRegexp('^Topic') }];
    template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: told, OKActions: told });
    template.resourceCountIs('AWS::CloudWatch::Alarm', 9);
    expect(alarms.all).toHaveLength(9);
  });

  it('tell nobody without one', () => {
    watched().template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: Match.absent(), OKActions: Match.absent() });
  });

  it('can each be switched off', () => {
    const off = { enabled: false };
    const { alarms, template } = watched({
      silentLoop: off,
      missedObjective: off,
      contestedField: off,
      failedWrites: off,
      longShortage: off,
      partedProfile: off,
    });
    expect(alarms.all).toEqual([]);
    expect(alarms.silentLoop ?? alarms.missedObjective ?? alarms.contestedField ?? alarms.failedWrites).toBeUndefined();
    expect(alarms.longShortages).toEqual({});
    expect(alarms.partedProfiles).toEqual({});
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  it.each([
    [/SilentLoop/, 'Silent loop', 'decided nothing for 5 minutes', 'log of the loop'],
    [
      /MissedObjective/,
      'Missed objective',
      'In 5 of 5 minutes less than 99.9 % of the requests were answered without error within 900 ms',
      'First see on the dashboard',
    ],
    [/ContestedField/, 'Contested field', 'For 5 minutes another writer', 'First see which field'],
    [/FailedWrites/, 'Failed writes', 'For 10 minutes writes of the control loop have failed', 'First see which object'],
    [/LongShortageg5od/, 'Long shortage', 'no capacity for pool g5-od for 30 minutes', 'other pools'],
    [/PartedProfileg5/, 'Parted profile', 'For 24 hours the profile of unit g5 as learned', 'First compare both'],
  ])('like %s say what they mean, what to do first and where there is more', (id, section, meaning, firstStep) => {
    const { AlarmDescription: text } = ofAlarm(watched({}, { objective: { attainment: 0.999 } }), id);
    for (const part of [section, 'default/chat', meaning, firstStep, `docs/operating.md, section "${section}"`])
      expect(text).toContain(part);
    expect(text.length).toBeLessThanOrEqual(1024);
  });

  it('of two fleets in one stack do not clash', () => {
    const stack = newStack();
    for (const fleetName of ['one', 'two']) {
      new FleetAlarms(stack, `Alarms-${fleetName}`, { fleet: watchedFleet(stack, { fleetName }) });
    }
    const alarms = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
    expect(alarms).toHaveLength(18);
    // CloudFormation names them.
    for (const { Properties } of alarms) expect(Properties).not.toHaveProperty('AlarmName');
  });

  it('look back a day at most, however they are set', () => {
    const day = { after: Duration.days(1) };
    const { template } = watched({
      silentLoop: day,
      contestedField: day,
      failedWrites: day,
      longShortage: day,
      partedProfile: day,
      missedObjective: { minutes: 1440 },
    });
    for (const { Properties } of Object.values(template.findResources('AWS::CloudWatch::Alarm'))) {
      const { EvaluationPeriods, Metrics } = Properties as AlarmProperties;
      const periods = Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Period] : []));
      expect(EvaluationPeriods * Math.max(...periods)).toBe(86_400);
    }
  });

  it('of a fleet with a hundred pools are one for each', () => {
    expect(Object.keys(watched({}, { pools: names('pool', 100) }).alarms.longShortages)).toHaveLength(100);
  });
});

describe('mistakes', () => {
  const token = () => new CfnParameter(newStack(), 'Number', { type: 'Number' }).valueAsNumber;

  it.each<readonly [mistake: string, options: FleetAlarmsOptions, says: string]>([
    ['an attainment in percent', { missedObjective: { attainment: 99 } }, '`missedObjective.attainment` is out of range; given 99'],
    ['an attainment of nothing', { missedObjective: { attainment: 0 } }, 'given 0, expected a number above 0, at most 1'],
    ['an attainment that is no number', { missedObjective: { attainment: Number.NaN } }, "given 'NaN'"],
    [
      'no minute',
      { missedObjective: { minutes: 0 } },
      '`missedObjective.minutes` is out of range; given 0, expected an integer from 1 to 1440',
    ],
    ['minutes of a token', { missedObjective: { minutes: token() } }, '`missedObjective.minutes` is not known at synthesis'],
    ['more minutes than there are', { missedObjective: { minutes: 5, outOfMinutes: 3 } }, 'given 3, expected an integer from 5 to 1440'],
    ['silence of half a minute', { silentLoop: { after: Duration.seconds(30) } }, '`silentLoop.after` is not a valid delay of the alarm'],
    ['silence of one minute', { silentLoop: { after: Duration.minutes(1) } }, 'expected whole minutes, from 2 minutes to a day'],
    ['silence of two days', { silentLoop: { after: Duration.days(2) } }, "given '2 days'"],
    [
      'a contest of seven minutes',
      { contestedField: { after: Duration.minutes(7) } },
      'expected a multiple of 5 minutes, from 5 minutes to a day',
    ],
    [
      'failures of seven minutes',
      { failedWrites: { after: Duration.minutes(7) } },
      '`failedWrites.after` is not a valid delay of the alarm',
    ],
    ['a shortage of no time', { longShortage: { after: Duration.minutes(0) } }, '`longShortage.after` is not a valid delay of the alarm'],
    [
      'a profile parted for half an hour',
      { partedProfile: { after: Duration.minutes(30) } },
      'expected a multiple of 60 minutes, from 60 minutes to a day',
    ],
    ['a shortage of a token', { longShortage: { after: Duration.minutes(token()) } }, '`longShortage.after` is not known at synthesis'],
    ['a wrong threshold of an alarm that is off', { longShortage: { enabled: false, after: Duration.minutes(3) } }, '`longShortage.after`'],
  ])('%s', (_, options, says) => {
    expect(complaint(() => watched(options))).toContain(says);
  });

  it('an objective watched without a router', () => {
    expect(complaint(() => watched({ missedObjective: { minutes: 3 } }, { withoutRouter: true }))).toContain('the fleet has no router');
  });
});
