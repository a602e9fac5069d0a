import { Duration } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool, CapacityType, DeploymentUnit, Scaler, TaintEffect, WeightedRouter } from '../../../lib';
import { kubernetesObjects, prerequisitesOf } from '../../../lib/assertions';
import { idOf, idsOf, newCluster, newStack } from '../support/fixture';
import { IMAGE, objectOf, PATCH, PROFILE, patchesOf, servedFleet } from './served-fleet';

const LABELS = { 'adaptive-inference.dev/fleet': 'chat', 'adaptive-inference.dev/unit': 'g5' };
const KUBERNETES = 'Custom::AWSCDK-EKS-KubernetesResource';

type Fields = Record<string, unknown>;

interface Deployment {
  metadata: Fields;
  spec: Fields & { template: { metadata: Fields; spec: Fields & { containers: Fields[]; volumes: Fields[] } } };
}

const deploymentOf = (template: Template) => objectOf<Deployment>(template, 'Deployment');
const podOf = (template: Template) => deploymentOf(template).spec.template.spec;
const serverOf = (template: Template): Fields => podOf(template).containers[0] as Fields;

/** The strings and numbers of a construct: the rest of it is the whole tree. */
const plain = (construct: object) =>
  Object.fromEntries(Object.entries(construct).filter(([, value]) => ['string', 'number'].includes(typeof value)));

describe('the Deployment of a unit', () => {
  const { template } = servedFleet();
  const deployment = deploymentOf(template);
  const pod = podOf(template);
  const server = serverOf(template);

  it('leaves the number of pods to the scaler', () => {
    expect(Object.keys(deployment.spec)).not.toContain('replicas');
  });

  it('is found by fleet and unit, as are its pods', () => {
    expect(deployment.metadata).toEqual({ name: 'chat-g5', namespace: 'default', labels: LABELS });
    expect(deployment.spec.selector).toEqual({ matchLabels: LABELS });
    expect(deployment.spec.template.metadata).toEqual({ labels: LABELS });
  });

  it('asks for a device of its accelerator, on nodes that have it, tolerating what keeps others off', () => {
    expect(server.resources).toEqual({
      requests: { cpu: '2', memory: '8Gi', 'nvidia.com/gpu': '1' },
      limits: { 'nvidia.com/gpu': '1' },
    });
    expect(pod.nodeSelector).toEqual({ 'adaptive-inference.dev/accelerator': 'A10G' });
    expect(pod.tolerations).toEqual([{ key: 'nvidia.com/gpu', operator: 'Exists' }]);
  });

  it('spreads its pods over zones where that can be had', () => {
    expect(pod.topologySpreadConstraints).toEqual([
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: LABELS },
      },
    ]);
  });

  it('gives a server twice its cold start to begin, in steps of ten minutes', () => {
    expect(server.startupProbe).toEqual({
      httpGet: { path: '/health', port: 'http' },
      timeoutSeconds: 5,
      periodSeconds: 10,
      failureThreshold: 120,
    });
    expect(deployment.spec.progressDeadlineSeconds).toBe(1800);
    const threshold = (coldStart: Duration) =>
      (serverOf(servedFleet({ unit: { profile: { ...PROFILE, coldStart } } }).template).startupProbe as Fields).failureThreshold;
    expect(threshold(Duration.minutes(10))).toBe(120);
    expect(threshold(Duration.seconds(601))).toBe(180);
    expect(threshold(Duration.seconds(0))).toBe(60);
  });

  it('takes requests from a server that answers only, and gives one up after two minutes of silence', () => {
    const httpGet = { path: '/health', port: 'http' };
    expect(server.readinessProbe).toEqual({ httpGet, timeoutSeconds: 5, periodSeconds: 5, failureThreshold: 3 });
    expect(server.livenessProbe).toEqual({ httpGet, timeoutSeconds: 10, periodSeconds: 20, failureThreshold: 6 });
    expect(server.ports).toEqual([{ name: 'http', containerPort: 8000, protocol: 'TCP' }]);
  });

  it('answers on while the load balancer stops sending, and is gone before spot takes the node', () => {
    expect(server.lifecycle).toEqual({ preStop: { sleep: { seconds: 60 } } });
    expect(pod.terminationGracePeriodSeconds).toBe(75);
    const longest = servedFleet({ unit: { drain: Duration.seconds(95) } }).template;
    expect(podOf(longest).terminationGracePeriodSeconds).toBe(110);
    expect(serverOf(longest).lifecycle).toEqual({ preStop: { sleep: { seconds: 95 } } });
  });

  it('brings the new pod before the old one goes', () => {
    expect(deployment.spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } });
    expect(deployment.spec.minReadySeconds).toBe(30);
  });

  it('replaces as many pods at a time as is asked for', () => {
    const { template } = servedFleet({ unit: { maximumSurgePercent: 100 } });
    expect(deploymentOf(template).spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } });
  });

  it('runs as no one in particular, without privileges or a token', () => {
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(server.securityContext).toEqual({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.serviceAccountName).toBe('chat-g5');
    expect(server.env).toEqual([
      { name: 'HOME', value: '/tmp' },
      { name: 'USER', value: 'model' },
    ]);
  });

  it('runs as root where the image asks for it, without capabilities and without gaining any', () => {
    const root = servedFleet({ unit: { container: { image: IMAGE, runAsRoot: true } } }).template;
    expect(podOf(root).securityContext).toEqual({ seccompProfile: { type: 'RuntimeDefault' } });
    expect(serverOf(root).securityContext).toEqual({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
    expect(serverOf(root).env).toEqual([]);
  });

  it('runs whatever HTTP server it was given', () => {
    const { template: own } = servedFleet({
      unit: {
        container: {
          image: IMAGE,
          command: ['serve'],
          args: ['--model', 'small'],
          environment: { HOME: '/home/me', MODEL: 'small' },
          environmentSecrets: ['licence'],
          port: 9000,
          healthPath: '/ready',
          cpu: '500m',
          memory: '30Gi',
          sharedMemory: '16Gi',
          modelCache: { mountPath: '/models', size: '50Gi' },
          user: 65532,
        },
        schedulerName: 'my-scheduler',
      },
    });
    expect(serverOf(own)).toMatchObject({
      image: IMAGE,
      command: ['serve'],
      args: ['--model', 'small'],
      env: [
        { name: 'HOME', value: '/home/me' },
        { name: 'USER', value: 'model' },
        { name: 'MODEL', value: 'small' },
      ],
      envFrom: [{ secretRef: { name: 'licence' } }],
      ports: [{ name: 'http', containerPort: 9000, protocol: 'TCP' }],
      resources: { requests: { cpu: '500m', memory: '30Gi' } },
      readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
      volumeMounts: [
        { name: 'shared-memory', mountPath: '/dev/shm' },
        { name: 'model-cache', mountPath: '/models' },
      ],
    });
    expect(podOf(own).volumes).toEqual([
      { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: '16Gi' } },
      { name: 'model-cache', emptyDir: { sizeLimit: '50Gi' } },
    ]);
    expect(podOf(own).securityContext).toMatchObject({ runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532 });
    expect(podOf(own).schedulerName).toBe('my-scheduler');
  });

  it('keeps models on a claim that many pods share, where there is one', () => {
    const { template: claimed } = servedFleet({
      unit: { container: { image: IMAGE, modelCache: { mountPath: '/models', claimName: 'weights' } } },
    });
    expect(podOf(claimed).volumes[1]).toEqual({ name: 'model-cache', persistentVolumeClaim: { claimName: 'weights' } });
    expect(serverOf(claimed).env).toContainEqual({ name: 'HOME', value: '/models' });
  });

  it('tolerates every taint of every pool, and asks for as many devices as a pod needs', () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const options = { cluster, accelerator: Accelerator.INFERENTIA2, devicesPerPod: 6 };
    const spot = new AcceleratorPool(stack, 'Spot', options);
    const paid = new AcceleratorPool(stack, 'Paid', {
      ...options,
      capacityType: CapacityType.ON_DEMAND,
      taints: [{ key: 'team', value: 'search', effect: TaintEffect.NO_EXECUTE }],
    });
    new DeploymentUnit(stack, 'Unit', {
      cluster,
      fleetName: 'chat',
      name: 'inf2',
      namespace: 'models',
      accelerator: Accelerator.INFERENTIA2,
      pools: [paid, spot],
      devicesPerPod: 6,
      profile: PROFILE,
      container: { image: IMAGE },
      scaler: Scaler.HORIZONTAL_POD_AUTOSCALER,
      externalMetric: { name: 'requests_per_minute' },
    });
    const objects = kubernetesObjects(stack);
    const found = objects.find(({ body }) => body.kind === 'Deployment')?.body as unknown as Deployment;
    expect(found.metadata).toMatchObject({ name: 'chat-inf2', namespace: 'models' });
    expect(found.spec.template.spec.tolerations).toEqual([
      { key: 'aws.amazon.com/neuron', operator: 'Exists' },
      { key: 'team', operator: 'Exists' },
    ]);
    expect(found.spec.template.spec.containers[0]?.resources).toMatchObject({ limits: { 'aws.amazon.com/neuron': '6' } });
    // Without a router nothing binds it, and it has a Service all the same.
    expect(objects.map(({ body }) => body.kind)).not.toContain('TargetGroupBinding');
    expect(objects.map(({ body }) => body.kind)).toContain('Service');
  });
});

describe('a unit', () => {
  const { template, unit, pool, router, stack } = servedFleet();
  const ofKind = (kind: string) => {
    const found = kubernetesObjects(template, kind).find(({ body }) => (body.metadata as Fields).name === 'chat-g5');
    if (!found) throw new Error(`no ${kind}`);
    return found.logicalId;
  };
  const outlivedBy = (id: string) => prerequisitesOf(template, id);

  it('is what the control loop must know of it', () => {
    expect(plain(unit)).toEqual({
      unitName: 'g5',
      fleetName: 'chat',
      namespace: 'default',
      devicesPerPod: 1,
      minimumReplicas: 1,
      maximumReplicas: 32,
      deploymentName: 'chat-g5',
      scaler: 'ScaledObject',
      scalerName: 'chat-g5',
      serviceName: 'chat-g5',
      serviceAccountName: 'chat-g5',
    });
    expect(unit.accelerator).toBe(Accelerator.A10G);
    expect(unit.profile).toBe(PROFILE);
    expect(unit.pools.map(({ poolName }) => poolName)).toEqual([pool.poolName]);
    expect(unit.router === router).toBe(true);
    expect(unit.costShare).toBeUndefined();
    expect(servedFleet({ unit: { costShare: 0.4 } }).unit.costShare).toBe(0.4);
  });

  it('loses one pod at a time to drains, or as many as it was told', () => {
    const spec = (changed: Template) => objectOf<{ spec: Fields }>(changed, 'PodDisruptionBudget').spec;
    expect(spec(template)).toEqual({ maxUnavailable: 1, selector: { matchLabels: LABELS } });
    expect(spec(servedFleet({ unit: { maximumUnavailable: 4 } }).template).maxUnavailable).toBe(4);
  });

  it('gives its pods an identity without a token of the Kubernetes API', () => {
    expect(objectOf(template, 'ServiceAccount')).toEqual({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'chat-g5', namespace: 'default', labels: LABELS },
      automountServiceAccountToken: false,
    });
  });

  it('registers its pods by address with its target group', () => {
    expect(objectOf<{ spec: Fields }>(template, 'TargetGroupBinding').spec).toEqual({
      serviceRef: { name: 'chat-g5', port: 80 },
      targetGroupARN: '<token>',
      targetType: 'ip',
    });
    expect(outlivedBy(ofKind('TargetGroupBinding'))).toContain(idOf(template, 'AWS::ElasticLoadBalancingV2::TargetGroup', /Unitg5/));
    expect(outlivedBy(ofKind('TargetGroupBinding'))).not.toContain(idOf(template, 'AWS::ElasticLoadBalancingV2::TargetGroup', /Unitinf2/));
    expect(objectOf<{ spec: Fields }>(template, 'Service').spec).toEqual({
      type: 'ClusterIP',
      selector: LABELS,
      ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
    });
  });

  it('is reached by the load balancer on its port only', () => {
    const { template: ported } = servedFleet({ unit: { container: { image: IMAGE, port: 9000 } } });
    ported.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      FromPort: 9000,
      ToPort: 9000,
      IpProtocol: 'tcp',
      GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Cluster'), 'ClusterSecurityGroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^RouterSecurityGroup'), 'GroupId'] },
    });
    ported.resourceCountIs('AWS::EC2::SecurityGroupIngress', 1);
    ported.hasResourceProperties('AWS::EC2::SecurityGroupEgress', { FromPort: 9000, ToPort: 9000, IpProtocol: 'tcp' });
    ported.resourceCountIs('AWS::EC2::SecurityGroupEgress', 1);
  });

  it('is still reached on the ports of pods that a change of the port replaces', () => {
    const { template: ported } = servedFleet({ unit: { container: { image: IMAGE, port: 9000, formerPorts: [8000, 9000] } } });
    for (const type of ['AWS::EC2::SecurityGroupIngress', 'AWS::EC2::SecurityGroupEgress']) {
      ported.resourceCountIs(type, 2);
      for (const port of [8000, 9000]) ported.hasResourceProperties(type, { FromPort: port, ToPort: port });
    }
    expect(() => servedFleet({ unit: { container: { image: IMAGE, formerPorts: [0] } } })).toThrow(
      '`container.formerPorts` is out of range',
    );
  });

  it('goes in order: scaler, Deployment, pool; and each object while its controller runs', () => {
    const chart = (name: string) => idOf(template, 'Custom::AWSCDK-EKS-HelmChart', new RegExp(`Addons${name}`));
    const patch = idOf(template, PATCH);
    const order = [patch, ofKind('ScaledObject'), ofKind('Deployment'), idOf(template, KUBERNETES, /NodePool/)];
    for (const [index, id] of order.entries()) {
      for (const later of order.slice(index + 1)) expect(outlivedBy(id), `${id} before ${later}`).toContain(later);
      for (const earlier of order.slice(0, index)) expect(outlivedBy(id), `${id} not after ${earlier}`).not.toContain(earlier);
    }
    for (const kind of ['ScaledObject', 'TriggerAuthentication']) expect(outlivedBy(ofKind(kind))).toContain(chart('Keda'));
    expect(outlivedBy(ofKind('ScaledObject'))).toContain(ofKind('TriggerAuthentication'));
    expect(outlivedBy(ofKind('ScaledObject'))).toContain(idOf(template, 'AWS::EKS::PodIdentityAssociation', /Keda/));
    expect(outlivedBy(ofKind('TargetGroupBinding'))).toContain(chart('LoadBalancerController'));
    expect(outlivedBy(ofKind('TargetGroupBinding'))).toContain(ofKind('Service'));
    expect(outlivedBy(ofKind('Deployment'))).toContain(ofKind('ServiceAccount'));
    for (const id of Object.keys(template.toJSON().Resources)) expect(outlivedBy(id)).not.toContain(id);
  });

  it('does not make the router depend on it', () => {
    const units = [...idsOf(template, KUBERNETES, /^Unit/), ...idsOf(template, PATCH)];
    for (const type of ['LoadBalancer', 'Listener', 'ListenerRule', 'TargetGroup']) {
      for (const id of idsOf(template, `AWS::ElasticLoadBalancingV2::${type}`)) {
        expect(outlivedBy(id).filter((needed) => units.includes(needed))).toEqual([]);
      }
    }
  });

  it('warns of an image that changes by itself', () => {
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    for (const image of ['team/server', 'team/server:latest', 'localhost:5000/server']) {
      const { stack: warned } = servedFleet({ unit: { container: { image } } });
      Annotations.fromStack(warned).hasWarning('/Test/Unit', Match.stringLikeRegexp('Use a tag with a version, or a digest'));
    }
  });

  it('warns of a cold start that is longer than a node of its pools may drain', () => {
    const withColdStart = (coldStart: Duration) =>
      servedFleet({ unit: { profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart } } }).stack;
    // Nodes drain for half an hour by default.
    Annotations.fromStack(withColdStart(Duration.minutes(30))).hasNoWarning('*', Match.anyValue());
    Annotations.fromStack(withColdStart(Duration.minutes(31))).hasWarning(
      '/Test/Unit',
      Match.stringLikeRegexp('cold start of unit g5 is 1860 s, longer than nodes drain in a10g-spot \\(1800 s\\)'),
    );
  });

  it('warns of replicas that no pool has devices for', () => {
    const { stack: warned } = servedFleet({ unit: { maximumReplicas: 10_000 } });
    Annotations.fromStack(warned).hasWarning('/Test/Unit', Match.stringLikeRegexp('`maximumReplicas` is 10000, .* room for [0-9]+ pods'));
  });

  it('warns of requests that outlast the drain', () => {
    const { stack: warned } = servedFleet({ unit: { profile: { ...PROFILE, latency: Duration.seconds(70) } } });
    Annotations.fromStack(warned).hasWarning('/Test/Unit', Match.stringLikeRegexp('takes 70 s, longer than .* 60 s'));
  });
});

describe('units of two fleets', () => {
  it('share cluster and pools without a clash', () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const pool = new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G });
    for (const fleetName of ['chat', 'search']) {
      const router = new WeightedRouter(stack, `${fleetName}-router`, { vpc: cluster.vpc, units: [{ name: 'g5' }] });
      new DeploymentUnit(stack, fleetName, {
        cluster,
        fleetName,
        name: 'g5',
        accelerator: Accelerator.A10G,
        pools: [pool],
        profile: PROFILE,
        container: { image: IMAGE },
        router,
      });
    }
    const template = Template.fromStack(stack);
    const names = kubernetesObjects(template, 'Deployment').map(({ body }) => (body.metadata as Fields).name);
    expect(names).toEqual(['chat-g5', 'search-g5']);
    expect(patchesOf(template).map(({ resource }) => resource.Properties.ResourceName)).toEqual([
      'scaledobjects.keda.sh/chat-g5',
      'scaledobjects.keda.sh/search-g5',
    ]);
    template.resourceCountIs('Custom::AdaptiveInferenceListenerRule', 2);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 2);
  });
});

describe('a unit made elsewhere', () => {
  it('is what it was said to be, and deploys nothing', () => {
    const stack = newStack();
    const pool = AcceleratorPool.fromAcceleratorPoolAttributes(stack, 'Pool', {
      poolName: 'theirs',
      accelerator: Accelerator.L4,
      capacityType: CapacityType.ON_DEMAND,
    });
    const unit = DeploymentUnit.fromDeploymentUnitAttributes(stack, 'Unit', {
      unitName: 'g6',
      fleetName: 'chat',
      namespace: 'theirs',
      accelerator: Accelerator.L4,
      pools: [pool],
      profile: PROFILE,
      minimumReplicas: 0,
      deploymentName: 'server',
      scaler: Scaler.HORIZONTAL_POD_AUTOSCALER,
      scalerName: 'server-scaler',
      metricIndex: 1,
    });
    expect(plain(unit)).toEqual({
      unitName: 'g6',
      fleetName: 'chat',
      namespace: 'theirs',
      devicesPerPod: 1,
      minimumReplicas: 0,
      maximumReplicas: 32,
      deploymentName: 'server',
      scaler: 'HorizontalPodAutoscaler',
      scalerName: 'server-scaler',
      metricIndex: 1,
    });
    expect(unit.router).toBeUndefined();
    expect(plain(pool)).toEqual({ poolName: 'theirs', maximumDevices: 32, capacityType: 'on-demand' });
    expect(pool.taintKeys).toEqual(['nvidia.com/gpu']);
    expect(pool.instanceTypes).toEqual(Accelerator.L4.instanceTypes.filter(({ priceUsdPerHour }) => priceUsdPerHour !== undefined));
  });
});

describe('several Neuron devices of a larger instance', () => {
  const warnings = (instanceTypes: string[], schedulerName?: string) => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const pool = new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.INFERENTIA2, instanceTypes, devicesPerPod: 6 });
    new DeploymentUnit(stack, 'Unit', {
      cluster,
      fleetName: 'chat',
      name: 'inf2',
      accelerator: Accelerator.INFERENTIA2,
      devicesPerPod: 6,
      pools: [pool],
      profile: PROFILE,
      container: { image: IMAGE },
      router: new WeightedRouter(stack, 'Router', { vpc: cluster.vpc, units: [{ name: 'inf2' }] }),
      ...(schedulerName === undefined ? {} : { schedulerName }),
    });
    return Annotations.fromStack(stack).findWarning('/Test/Unit', Match.stringLikeRegexp('scheduler extension'));
  };

  it("need Neuron's scheduler extension, of which synthesis warns", () => {
    expect(warnings(['inf2.48xlarge'])).toHaveLength(1);
  });

  it('do not where it is named, or where a pod has a whole instance', () => {
    expect(warnings(['inf2.48xlarge'], 'my-scheduler')).toEqual([]);
    expect(warnings(['inf2.24xlarge'])).toEqual([]);
  });
});
