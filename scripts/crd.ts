import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { customResourceDefinition } from '../lambda/control-loop/api';

/**
 * Writes the CustomResourceDefinition of fleets where the constructs find it: they are compiled apart from the loop, whose one schema
 * of a fleet it is made from. A test says when it is stale.
 */
const CRD = 'lib/generated/inference-fleet-crd.ts';

writeFileSync(
  CRD,
  `/** The CustomResourceDefinition of \`InferenceFleet\`, made from the loop's schema of a fleet by \`npm run crd\`; not to be edited. */
export const INFERENCE_FLEET_CRD: { readonly [key: string]: unknown } = ${JSON.stringify(customResourceDefinition(), undefined, 2)};
`,
);
execFileSync(process.execPath, [require.resolve('@biomejs/biome/bin/biome'), 'check', '--write', CRD], { stdio: 'inherit' });
