import { Construct } from 'constructs';
import type { Accelerator } from './accelerator/accelerator';
import { AcceleratorPool } from './capacity/accelerator-pool';
import type { CapacityType } from './capacity/capacity-type';
import type { IInferenceCluster } from './cluster/inference-cluster';
import { ControlLoop, type ControlLoopOptions } from './control/control-loop';
import { sharedChild } from './private/shared-child';
import { complain } from './private/validation';

/*
 * Parts that the fleets of a cluster share. They belong to the cluster, not to the fleet that came first: removing that fleet must not
 * move them, for a moved part is another resource of the same name.
 */

/** The pool of an accelerator and capacity type, made where it is first asked for. */
export function sharedPool(
  cluster: IInferenceCluster,
  accelerator: Accelerator,
  capacityType: CapacityType,
  devicesPerPod: number,
): AcceleratorPool {
  const pools = sharedChild(cluster, 'Pools', (scope, id) => new Construct(scope, id));
  return sharedChild(
    pools,
    `${accelerator.name}-${capacityType}`,
    (scope, id) => new AcceleratorPool(scope, id, { cluster, accelerator, capacityType, devicesPerPod }),
  );
}

/** The control loop of a cluster; its options are those of the first fleet. */
export function sharedLoop(fleet: Construct, cluster: IInferenceCluster, options: ControlLoopOptions | undefined): ControlLoop {
  const id = 'ControlLoop';
  if (options !== undefined && cluster.node.tryFindChild(id)) {
    complain(fleet, {
      wrong: '`loopOptions` come too late: an earlier fleet of the cluster made its control loop, which all of them share',
      given: options,
      expected: '`loopOptions` of the first fleet only',
      fix: 'Move them to that fleet, or make a ControlLoop yourself and pass it as `loop` to each.',
    });
  }
  return sharedChild(cluster, id, (scope) => new ControlLoop(scope, id, { ...options, cluster }));
}
