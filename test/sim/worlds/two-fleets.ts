import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScenarioInput } from '../../../sim/inputs/scenario';
import { scenariosDirectory } from '../../../sim/inputs/shipped-scenarios';

type OtherFleet = NonNullable<ScenarioInput['otherFleets']>[number];

const smoke = JSON.parse(readFileSync(join(scenariosDirectory(), 'smoke.json'), 'utf8')) as ScenarioInput;

const arn = (kind: string, name: string): string => `arn:aws:elasticloadbalancing:us-west-2:123456789012:${kind}/${name}/0123456789abcdef`;

/** A second fleet on the pools of the scenario `smoke`: the same two units under names, objects and a load balancer of their own. */
export const imagesFleet = (requestsPerMinute = 200): OtherFleet => ({
  name: 'images',
  fleet: {
    ...smoke.fleet,
    objective: { latencySeconds: 3 },
    router: { listenerRuleArn: `${arn('listener-rule/app', 'images')}/0123456789abcdef/0123456789abcdef` },
    units: smoke.fleet.units.map((unit) => ({
      ...unit,
      name: `images-${unit.name}`,
      deployment: `images-${unit.name}`,
      scaler: { ...unit.scaler, name: `images-${unit.name}` },
      targetGroupArn: arn('targetgroup', `images-${unit.name}`),
    })),
  },
  initialReplicas: { 'images-inf2': 1, 'images-g5': 1 },
  clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: requestsPerMinute } },
});

/** The scenario `smoke` with a second fleet on its pools. */
export const twoFleets = (other: OtherFleet = imagesFleet()): ScenarioInput => ({ ...smoke, otherFleets: [other] });
