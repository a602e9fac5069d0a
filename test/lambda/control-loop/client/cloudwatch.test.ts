import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { cloudWatchPort } from '../../../../lambda/control-loop/client/cloudwatch';
import { startAwsServer, type WireAnswer } from './aws-server';

const answer = (body: string): WireAnswer => ({ contentType: 'application/x-amz-json-1.0', body });

const latency = {
  id: 'm0',
  namespace: 'AWS/ApplicationELB',
  metricName: 'TargetResponseTime',
  dimensions: { LoadBalancer: 'app/chat/0123456789abcdef', TargetGroup: 'targetgroup/g5/0123456789abcdef' },
  statistic: 'p95',
  periodSeconds: 60,
};

test('one page of GetMetricData is asked for as the service wants it and read with times in seconds', async () => {
  const server = await startAwsServer(
    answer(`{"MetricDataResults":[
      {"Id":"m0","Label":"g5","StatusCode":"PartialData","Timestamps":[1772366280,1772366340],"Values":[0.61,0.68]},
      {"Id":"m1","Label":"inf2","StatusCode":"Complete","Timestamps":[],"Values":[]}
    ],"NextToken":"page-2","Messages":[]}`),
  );
  const port = cloudWatchPort(new CloudWatchClient(server.clientProps));
  const page = await port.getMetricData({
    queries: [latency],
    startSeconds: 1_772_366_100,
    endSeconds: 1_772_366_400,
    nextToken: 'page-1',
  });
  expect(page).toEqual({
    results: [
      { id: 'm0', statusCode: 'PartialData', timestampsSeconds: [1_772_366_280, 1_772_366_340], values: [0.61, 0.68] },
      { id: 'm1', statusCode: 'Complete', timestampsSeconds: [], values: [] },
    ],
    nextToken: 'page-2',
  });
  const request = server.received[0];
  expect(request?.headers['x-amz-target']).toBe('GraniteServiceVersion20100801.GetMetricData');
  expect(request?.headers.authorization).toContain('/us-west-2/monitoring/aws4_request');
  expect(request?.headers['x-amz-security-token']).toBe('session');
  expect(JSON.parse(request?.body ?? '')).toEqual({
    MetricDataQueries: [
      {
        Id: 'm0',
        MetricStat: {
          Metric: {
            Namespace: 'AWS/ApplicationELB',
            MetricName: 'TargetResponseTime',
            Dimensions: [
              { Name: 'LoadBalancer', Value: 'app/chat/0123456789abcdef' },
              { Name: 'TargetGroup', Value: 'targetgroup/g5/0123456789abcdef' },
            ],
          },
          Period: 60,
          Stat: 'p95',
        },
        ReturnData: true,
      },
    ],
    StartTime: 1_772_366_100,
    EndTime: 1_772_366_400,
    ScanBy: 'TimestampAscending',
    NextToken: 'page-1',
  });
});

test('points without number or time, and results without name, are left out, never taken for zero', async () => {
  const server = await startAwsServer(
    answer(`{"MetricDataResults":[
      {"Id":"m0","StatusCode":"Complete","Timestamps":[1772366280,null,1772366340,1772366400],"Values":[1,2,"NaN"]},
      {"StatusCode":"Complete","Timestamps":[1772366280],"Values":[1]},
      {"Id":"m1","Timestamps":[1772366280],"Values":[3]}
    ]}`),
  );
  const port = cloudWatchPort(new CloudWatchClient(server.clientProps));
  const page = await port.getMetricData({ queries: [latency], startSeconds: 1_772_366_100, endSeconds: 1_772_366_400 });
  expect(page.nextToken).toBeUndefined();
  expect(page.results).toEqual([
    { id: 'm0', statusCode: 'Complete', timestampsSeconds: [1_772_366_280], values: [1] },
    { id: 'm1', statusCode: 'InternalError', timestampsSeconds: [1_772_366_280], values: [3] },
  ]);
});

test('a refusal keeps the name of the service error', async () => {
  const server = await startAwsServer({
    status: 400,
    contentType: 'application/x-amz-json-1.0',
    body: '{"__type":"com.amazonaws.cloudwatch#InvalidParameterValueException","message":"The value 61 for parameter Period is not valid"}',
  });
  const port = cloudWatchPort(new CloudWatchClient(server.clientProps));
  await expect(port.getMetricData({ queries: [latency], startSeconds: 1, endSeconds: 2 })).rejects.toThrow(
    'The value 61 for parameter Period',
  );
  expect(server.received).toHaveLength(1);
});
