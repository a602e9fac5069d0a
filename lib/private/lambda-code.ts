import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { complain } from './validation';

/** Location of the bundles, relative to the compiled constructs in a package and to their sources in a checkout. */
const PLACES = ['../../lambda', '../../dist/lambda'];

/** The code of a function in the folder `lambda`, which was bundled when the package was built: nothing is compiled at synthesis. */
export function lambdaCode(scope: IConstruct, name: string): lambda.Code {
  const places = PLACES.map((relative) => join(__dirname, relative, name));
  const place = places.find((directory) => existsSync(join(directory, 'index.js')));
  if (place === undefined) {
    return complain(scope, {
      code: 'MissingLambdaBundle',
      wrong: `the bundle of the function \`${name}\` is missing`,
      given: places,
      expected: 'index.js in one of these directories',
      fix: 'In a checkout run `npm run build`; otherwise install the package again.',
    });
  }
  return lambda.Code.fromAsset(place, { exclude: ['*.map'] });
}
