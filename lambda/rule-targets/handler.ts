import { setTimeout as delay } from 'node:timers/promises';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { awsClientProps } from '../control-loop/client/aws';
import { rulePort } from './client';
import { begin, type Progress, proceed, type Started } from './handle';
import type { World } from './ports';
import { requestOf } from './request';

/**
 * A function for CDK's provider framework that answers both of its calls. The first answer says when the request began; the framework adds
 * it to the event of every later call, which tells those from the first.
 */
export const createHandler =
  (connect: () => World) =>
  async (event: unknown): Promise<(Started & { readonly StartedAtSeconds: number }) | Progress> => {
    const world = connect();
    const request = requestOf(event);
    if (request.startedAtSeconds !== undefined) return proceed(request, world);
    return { ...(await begin(request, world)), StartedAtSeconds: Math.floor(world.nowSeconds()) };
  };

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
