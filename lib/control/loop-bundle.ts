import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { complain } from '../private/validation';

/** Location of the bundle, relative to the compiled constructs in a package and to their sources in a checkout. */
const PLACES = ['../../lambda/control-loop', '../../dist/lambda/control-loop'];

/** The loop's code, which was bundled when the package was built: nothing is compiled at synthesis. */
export function loopBundle(scope: IConstruct): lambda.Code {
  const place = PLACES.map((relative) => join(__dirname, relative)).find((directory) => existsSync(join(directory, 'index.js')));
  if (place === undefined) {
    return complain(scope, {
      code: 'MissingLoopBundle',
      wrong: "the control loop's bundle is missing",
      given: PLACES.map((relative) => join(__dirname, relative)),
      expected: 'index.js in one of these directories',
      fix: 'In a checkout run `npm run build`; otherwise install the package again.',
    });
  }
  return lambda.Code.fromAsset(place, { exclude: ['*.map'] });
}
