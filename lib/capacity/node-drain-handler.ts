/**
 * Source of the function behind `NodeDrain`, for a Node.js runtime that includes the AWS SDK.
 *
 * It queries EC2, not Kubernetes: the instances must not outlive the stack, and EC2 knows them even if the API endpoint is private or
 * Karpenter is gone.
 */
export const NODE_DRAIN_HANDLER = `
const { EC2Client, DescribeInstancesCommand } = require('@aws-sdk/client-ec2');
const ec2 = new EC2Client({});

exports.onEvent = async ({ ResourceProperties: { ClusterName, NodePool } }) => ({
  PhysicalResourceId: 'nodes-of/' + ClusterName + '/' + NodePool,
});

exports.isComplete = async ({ RequestType, ResourceProperties: { ClusterName, NodePool } }) => {
  if (RequestType !== 'Delete') return { IsComplete: true };
  const left = [];
  let NextToken;
  do {
    const page = await ec2.send(new DescribeInstancesCommand({
      Filters: [
        { Name: 'tag:eks:eks-cluster-name', Values: [ClusterName] },
        { Name: 'tag:karpenter.sh/nodepool', Values: [NodePool] },
        { Name: 'instance-state-name', Values: ['pending', 'running', 'shutting-down', 'stopping', 'stopped'] },
      ],
      NextToken,
    }));
    for (const reservation of page.Reservations ?? []) {
      for (const instance of reservation.Instances ?? []) left.push(instance.InstanceId);
    }
    NextToken = page.NextToken;
  } while (NextToken);
  if (left.length > 0) console.log('instances of node pool ' + NodePool + ' still there: ' + left.join(', '));
  return { IsComplete: left.length === 0 };
};
`.trimStart();
