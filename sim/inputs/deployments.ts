import * as z from 'zod/mini';

/** The deployments of a scenario: each is one `cdk deploy` of an app whose fleet has changed. */

const names = (description: string) => z._default(z.array(z.string().check(z.minLength(1))).check(z.describe(description)), []);

/** Objects that a deployment may delete and make again; of these the name is that of the object, of a listener rule that of its fleet. */
const remadeKinds = ['ScaledObject', 'HorizontalPodAutoscaler', 'Deployment', 'NodePool', 'ListenerRule'] as const;

const MadeAnewSchema = z.strictObject({
  kind: z
    .enum(remadeKinds)
    .check(
      z.describe(
        'Kind of the object. A scaler is there again at once, with the floor and the target of its manifest. A Deployment takes its pods with it, a NodePool its nodes. The fleet gets another listener rule, on another listener, before the former goes.',
      ),
    ),
  name: z.string().check(z.minLength(1), z.describe('Name of the object; of a listener rule that of its fleet.')),
});

export type MadeAnew = z.output<typeof MadeAnewSchema>;

const DeploymentSchema = z.strictObject({
  atSeconds: z.number().check(z.gte(0), z.describe('When it begins, in seconds since the start of the scenario.')),
  addUnits: names(
    'Units of the fleets that it adds: until then they have neither Deployment nor scaler, and no place in the router. A unit that is renamed is a new one that is added and an old one that is removed.',
  ),
  removeUnits: names('Units that it removes.'),
  promoteUnits: names('Canaries from which it takes `maximumShare`: from then on they are units like the others.'),
  newImages: names('Units whose pods it replaces, by a rolling update: a new image, or anything else of the pod template.'),
  newNodes: names('Pools whose nodes it replaces, by drift: another AMI, user data or anything else of the node template.'),
  removePools: names(
    'Pools that it removes: the spec of the fleets names them no more, and then the NodePool is deleted with its nodes, all at once. Its name is not used again.',
  ),
  madeAnew: z._default(
    z
      .array(MadeAnewSchema)
      .check(
        z.describe('Objects that are deleted and made again from their manifests, with another uid: a restore, or a forced replacement.'),
      ),
    [],
  ),
});

export const DeploymentsSchema = z._default(
  z.array(DeploymentSchema).check(z.describe('Deployments that change the fleets, by time.')),
  [],
);

export type Deployment = z.output<typeof DeploymentSchema>;

/** Names of the units that are not deployed at second 0: the first deployment that names them adds them. */
export const unitsToCome = (deployments: readonly Deployment[]): ReadonlySet<string> => {
  const known = new Set<string>();
  const toCome = new Set<string>();
  for (const { addUnits, removeUnits } of deployments) {
    for (const name of addUnits) if (!known.has(name)) toCome.add(name);
    for (const name of [...addUnits, ...removeUnits]) known.add(name);
  }
  return toCome;
};
