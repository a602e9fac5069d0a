import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { InferenceCluster } from '../../../lib';
import { kubernetesObjects, prerequisitesOf } from '../../../lib/assertions';
import { built, kubectlLayer, newCluster } from '../support/fixture';
import { newFleet } from '../support/fleet';
import { importedCluster } from '../support/imported-cluster';

const namespacesIn = (template: Template) => kubernetesObjects(template, 'Namespace');

describe('the namespace of a fleet', () => {
  const { template } = built((stack) => {
    const cluster = newCluster(stack);
    newFleet(stack, { cluster, namespace: 'serving' }, 'Chat');
    newFleet(stack, { cluster, namespace: 'serving' }, 'Summaries');
    newFleet(stack, { cluster, namespace: 'kube-system' }, 'System');
  });

  it('is created once on a cluster of the app, applied over one that is there, and kept', () => {
    const [namespace, ...others] = namespacesIn(template);
    expect(others).toEqual([]);
    expect(namespace?.body).toMatchObject({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'serving' } });
    const resource = template.findResources('Custom::AWSCDK-EKS-KubernetesResource')[namespace!.logicalId];
    expect(resource).toMatchObject({ Properties: { Overwrite: true }, DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('refuses privileged pods, warns of those that are not restricted, and has pods wait until the load balancer finds them healthy', () => {
    expect((namespacesIn(template)[0]!.body.metadata as { labels?: unknown }).labels).toEqual({
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/warn': 'restricted',
      'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled',
    });
  });

  it('is created before everything in it', () => {
    const id = namespacesIn(template)[0]!.logicalId;
    const inside = kubernetesObjects(template).filter(({ body }) => (body.metadata as { namespace?: string }).namespace === 'serving');
    expect(new Set(inside.map(({ body }) => body.kind))).toEqual(
      new Set([
        'Deployment',
        'InferenceFleet',
        'PodDisruptionBudget',
        'RoleBinding',
        'ScaledObject',
        'Service',
        'ServiceAccount',
        'TargetGroupBinding',
        'TriggerAuthentication',
      ]),
    );
    for (const { logicalId } of inside) expect(prerequisitesOf(template, logicalId)).toContain(id);
  });

  it('is not created where every cluster has it, or on an imported cluster, where it must exist', () => {
    expect(namespacesIn(built((stack) => newFleet(stack)).template)).toEqual([]);
    const imported = built((stack) => {
      const cluster = InferenceCluster.fromCluster(stack, 'Cluster', {
        cluster: importedCluster(stack),
        kubectlLayer: kubectlLayer(stack),
      });
      newFleet(stack, { cluster, namespace: 'serving', routerOptions: { clients: [cluster.clusterSecurityGroup] } });
    });
    expect(namespacesIn(imported.template)).toEqual([]);
  });
});
