import { setTimeout as delay } from 'node:timers/promises';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { awsClientProps } from '../control-loop/client/aws';
import { rulePort } from './client';
import type { World } from './ports';
import { createHandler } from './provider';

let world: World | undefined;

const connectToAws = (): World => {
  world ??= {
    rules: rulePort(new ElasticLoadBalancingV2Client(awsClientProps(process.env.AWS_REGION ?? '', process.env))),
    nowSeconds: () => Date.now() / 1000,
    sleep: (seconds) => delay(seconds * 1000),
    log: (record) => void process.stdout.write(`${JSON.stringify(record)}\n`),
  };
  return world;
};

/** What Lambda invokes. */
export const handler = createHandler(connectToAws);
