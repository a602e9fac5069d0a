import { Construct } from 'constructs';
import type { IAcceleratorPool } from '../capacity/accelerator-pool-interface';
import type { IInferenceCluster } from '../cluster/inference-cluster-interface';
import type { IDeploymentUnit } from '../serving/deployment-unit-interface';
import type { IWeightedRouter } from '../serving/weighted-router-interface';
import type { FleetObjective, IInferenceFleet } from './inference-fleet-interface';
import type { InferenceFleetProps } from './inference-fleet-props';
import { checkFleet } from './private/fleet-checks';
import { fleetManifest } from './private/fleet-manifest';
import { claimFleetName } from './private/fleet-names';
import { inferenceFleetCrd } from './private/shared-crd';

/**
 * A fleet as the control loop reads it: an `InferenceFleet` object with its units, pools and objective.
 *
 * `kubectl get inferencefleets` tells its mode, shares and ready pods. What is in its status is the loop's.
 */
export class InferenceFleet extends Construct implements IInferenceFleet {
  public readonly fleetName: string;
  public readonly namespace: string;
  public readonly cluster: IInferenceCluster;
  public readonly objective: FleetObjective;
  public readonly units: IDeploymentUnit[];
  public readonly pools: IAcceleratorPool[];
  public readonly router?: IWeightedRouter;

  constructor(scope: Construct, id: string, props: InferenceFleetProps) {
    super(scope, id);
    const { cluster, router } = props;
    const checked = checkFleet(this, props);
    this.cluster = cluster;
    this.objective = props.objective;
    this.units = [...props.units];
    this.pools = checked.pools;
    this.fleetName = checked.fleetName;
    this.namespace = checked.namespace;
    if (router) this.router = router;
    claimFleetName(this, cluster, this.namespace, this.fleetName);

    // The id carries namespace and name: a fleet of another name must be another resource.
    const fleet = cluster.addManifest(this, `Fleet-${this.namespace}-${this.fleetName}`, fleetManifest(checked, props));
    // Destroyed first, so that the loop lets go of the units before they go.
    fleet.node.addDependency(inferenceFleetCrd(cluster), ...this.units, ...(router ? [router] : []));
  }
}
