import { Construct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { IInferenceCluster } from '../cluster/inference-cluster-interface';
import { AcceleratorPool } from './accelerator-pool';
import type { CapacityType } from './capacity-type';

/**
 * The pool of an accelerator and capacity type that the fleets of a cluster share, made where it is first asked for.
 *
 * It belongs to the cluster, not to the fleet that came first: removing that fleet must not move the pool, for a moved pool is another
 * resource of the same name.
 */
export function sharedPool(
  cluster: IInferenceCluster,
  accelerator: Accelerator,
  capacityType: CapacityType,
  devicesPerPod: number,
): AcceleratorPool {
  const scope = (cluster.node.tryFindChild('Pools') as Construct | undefined) ?? new Construct(cluster as unknown as Construct, 'Pools');
  const id = `${accelerator.name}-${capacityType}`;
  const existing = scope.node.tryFindChild(id) as AcceleratorPool | undefined;
  return existing ?? new AcceleratorPool(scope, id, { cluster, accelerator, capacityType, devicesPerPod });
}
