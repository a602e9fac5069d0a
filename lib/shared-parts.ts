import { Construct } from 'constructs';
import type { Accelerator } from './accelerator/accelerator';
import { AcceleratorPool } from './capacity/accelerator-pool';
import type { CapacityType } from './capacity/capacity-type';
import type { IInferenceCluster } from './cluster/inference-cluster';
import { ControlLoop, type ControlLoopOptions } from './control/control-loop';
import { sharedChild } from './private/shared-child';
import { complain } from './private/validation';

/*
 * Constructs that the fleets of a cluster share. They are children of the cluster, not of the first fleet: removing that fleet must not move
 * them, because a moved construct is a new resource with the same name.
 */

/**
 * The pool of an accelerator and capacity type, created for the first fleet that needs it. It has every instance type, so that it does not
 * matter which fleet that is: Karpenter launches what holds the pods, and the fleets say which types count for the price of theirs.
 */
export function sharedPool(cluster: IInferenceCluster, accelerator: Accelerator, capacityType: CapacityType): AcceleratorPool {
  const pools = sharedChild(cluster, 'Pools', (scope, id) => new Construct(scope, id));
  return sharedChild(
    pools,
    `${accelerator.name}-${capacityType}`,
    (scope, id) => new AcceleratorPool(scope, id, { cluster, accelerator, capacityType }),
  );
}

/** The control loop of a cluster, created for its first fleet with the options of that fleet. */
export function sharedLoop(fleet: Construct, cluster: IInferenceCluster, options: ControlLoopOptions | undefined): ControlLoop {
  const id = 'ControlLoop';
  if (options !== undefined && cluster.node.tryFindChild(id)) {
    complain(fleet, {
      code: 'LateLoopOptions',
      wrong: '`loopOptions` have no effect, because an earlier fleet created the control loop that all fleets of the cluster share',
      given: options,
      expected: '`loopOptions` on the first fleet only',
      fix: 'Move them to that fleet, or create a ControlLoop and pass it as `loop` to each fleet.',
    });
  }
  return sharedChild(cluster, id, (scope) => new ControlLoop(scope, id, { ...options, cluster }));
}
