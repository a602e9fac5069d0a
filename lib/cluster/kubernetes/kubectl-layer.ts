import { createRequire } from 'node:module';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { complain } from '../../private/validation';

/** Newest minor version of Kubernetes 1 for which AWS publishes a layer with kubectl. */
export const NEWEST_KUBECTL_MINOR = 36;

/** The layer with kubectl and helm for a minor version of Kubernetes 1, from the npm package that AWS publishes for it. */
export function kubectlLayerFor(scope: Construct, id: string, minor: number): lambda.ILayerVersion {
  const packageName = `@aws-cdk/lambda-layer-kubectl-v${minor}`;
  const className = `KubectlV${minor}Layer`;
  let exported: Record<string, new (scope: Construct, id: string) => lambda.ILayerVersion>;
  try {
    exported = createRequire(__filename)(packageName);
  } catch {
    complain(scope, {
      code: 'MissingKubectlLayer',
      wrong: 'there is no layer with kubectl, so the deployment could not reach the cluster',
      given: `no package ${packageName}`,
      expected: 'that package, or `kubectlLayer`',
      fix: `Install it (npm install ${packageName}), or pass \`kubectlLayer: new ${className}(this, 'Kubectl')\` with the class of that package.`,
    });
  }
  const Layer = exported[className];
  if (!Layer) {
    complain(scope, {
      code: 'UnknownKubectlLayer',
      wrong: `the package ${packageName} exports no layer`,
      given: Object.keys(exported),
      expected: className,
      fix: 'Update the package, or pass `kubectlLayer`.',
    });
  }
  return new Layer(scope, id);
}
