import { Duration } from 'aws-cdk-lib';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { WeightedRouter } from '../../../lib';
import { type App, cluster, fleet, withFleet } from '../apps';
import { type Change, SIDE_BY_SIDE } from './change';

const CERTIFICATE = 'arn:aws:acm:us-west-2:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef';

const withOwnRouter: App = (stack) => {
  const on = cluster(stack);
  const router = new WeightedRouter(stack, 'Router', { vpc: on.vpc, units: [{ name: 'inf2' }, { name: 'g5' }] });
  fleet(stack, on, { router });
};

/** Changes of the router. */
export const routerChanges: readonly Change[] = [
  {
    title: 'Certificates added',
    code: 'routerOptions: { certificates: [ListenerCertificate.fromArn(arn)] }',
    after: withFleet({ routerOptions: { certificates: [elbv2.ListenerCertificate.fromArn(CERTIFICATE)] } }),
    notice:
      'The listener moves from port 80 to 443. Port 80 redirects to it some seconds later; a redirected `POST` becomes a `GET` in many clients, so that these need the new address at the same moment.',
    avoid: SIDE_BY_SIDE,
  },
  {
    title: 'Port of the listener',
    code: 'routerOptions: { port: 8080 }',
    after: withFleet({ routerOptions: { port: 8080 } }),
    notice: 'The one listener moves: clients need the new address at the same moment.',
    avoid: SIDE_BY_SIDE,
  },
  {
    title: 'Load balancer made public',
    code: 'routerOptions: { internetFacing: true }',
    after: withFleet({ routerOptions: { internetFacing: true } }),
    notice: 'The load balancer would be replaced and have another name, but its target groups still belong to the old one.',
    avoid: SIDE_BY_SIDE,
  },
  {
    title: 'Timeouts of the router',
    code: 'routerOptions: { idleTimeout: Duration.minutes(5), deregistrationDelay: Duration.seconds(90) }',
    after: withFleet({ routerOptions: { idleTimeout: Duration.minutes(5), deregistrationDelay: Duration.seconds(90) } }),
    notice: 'They hold for requests that begin afterwards.',
  },
  {
    title: "Default router exchanged for one's own",
    code: "router: new WeightedRouter(this, 'Router', { vpc, units })",
    after: withOwnRouter,
    notice:
      'The pods are bound to target groups of the old router, and a binding cannot be moved. If it could, autoscalers and loop would look at the new load balancer, where nobody asks yet, and take pods away from the clients of the old one.',
    avoid: SIDE_BY_SIDE,
  },
];
