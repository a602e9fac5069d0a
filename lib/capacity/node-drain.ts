import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeProviders, wildcards } from '../private/acknowledge';
import { manageLogGroups, removedLogGroups } from '../private/log-groups';
import { sharedChild } from '../private/shared-child';
import { NODE_DRAIN_HANDLER } from './node-drain-handler';

export interface NodeDrainProps {
  readonly clusterName: string;
  readonly nodePool: string;
}

/**
 * Waits, when it is deleted, until no instance of a node pool is left.
 *
 * The deletion of a NodePool returns before its nodes are gone: `kubectl delete` waits only for the object's own finalizers, and its
 * NodeClaims are deleted in the background. The deletion of an EC2NodeClass does wait for the NodeClaims, but within one Lambda invocation
 * of at most 15 minutes whose errors are ignored, and shutting down large accelerator instances can take longer. Without this resource the
 * stack could delete Karpenter while instances are still running, and billed.
 *
 * It is created between the node class and the node pool, so it is deleted between the node pool and the node class.
 */
export class NodeDrain extends Construct {
  constructor(scope: Construct, id: string, props: NodeDrainProps) {
    super(scope, id);
    const { serviceToken, logGroups } = sharedProvider(Stack.of(this));
    const resource = new CustomResource(this, 'Resource', {
      serviceToken,
      resourceType: 'Custom::AdaptiveInferenceNodeDrain',
      properties: { ClusterName: props.clusterName, NodePool: props.nodePool },
    });
    resource.node.addDependency(...logGroups);
  }
}

const PROVIDER_ID = 'AdaptiveInferenceNodeDrain';

interface SharedProvider {
  readonly serviceToken: string;
  readonly logGroups: readonly Construct[];
}

/** The provider that serves every pool of a stack. */
function sharedProvider(stack: Stack): SharedProvider {
  const scope = sharedChild(stack, PROVIDER_ID, () => createProvider(stack));
  return { serviceToken: (scope.node.findChild('Provider') as cr.Provider).serviceToken, logGroups: removedLogGroups(scope) };
}

function createProvider(stack: Stack): Construct {
  const scope = new Construct(stack, PROVIDER_ID);
  manageLogGroups(scope);
  const handler = (name: string, method: string, description: string) =>
    new lambda.Function(scope, name, {
      description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromInline(NODE_DRAIN_HANDLER),
      handler: `index.${method}`,
      timeout: Duration.minutes(1),
    });
  const isCompleteHandler = handler('IsComplete', 'isComplete', 'Tells whether the instances of a node pool are gone');
  // DescribeInstances cannot be restricted to resources.
  isCompleteHandler.addToRolePolicy(new iam.PolicyStatement({ actions: ['ec2:DescribeInstances'], resources: ['*'] }));
  new cr.Provider(scope, 'Provider', {
    onEventHandler: handler('OnEvent', 'onEvent', 'Names the wait for the instances of a node pool'),
    isCompleteHandler,
    queryInterval: Duration.seconds(15),
    // CloudFormation itself stops waiting after an hour.
    totalTimeout: Duration.minutes(55),
  });
  acknowledgeProviders(scope);
  acknowledge(isCompleteHandler, wildcards(['*'], 'DescribeInstances takes no resource.'));
  return scope;
}
