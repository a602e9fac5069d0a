import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import { apiVersionOf, resources } from '../generated/contract';
import { byName } from '../private/by-name';
import { defined } from '../private/defined';
import type { IDeploymentUnit } from '../serving/deployment-unit';
import type { CheckedFleet } from './fleet-checks';
import type { InferenceFleetProps } from './inference-fleet';

const SECONDS = { integral: false };

/**
 * The `InferenceFleet` object. Properties that were left out are left to the defaults of its schema. Units and pools are sorted: their order
 * has no meaning, and a list in another order must not be sent as another spec.
 */
export const fleetManifest = (
  { fleetName, namespace, pools }: CheckedFleet,
  { objective, enforcement, policy, learning, resilience, contestedRetryAfter, router, units }: InferenceFleetProps,
): { readonly [key: string]: unknown } => ({
  apiVersion: apiVersionOf(resources.inferenceFleets),
  kind: resources.inferenceFleets.kind,
  metadata: { name: fleetName, namespace },
  spec: defined({
    objective: defined({
      latencySeconds: objective.latency.toSeconds(SECONDS),
      percentile: objective.percentile,
      attainment: objective.attainment,
    }),
    enforcement,
    policy:
      policy &&
      defined({
        name: policy.name,
        returnAfterSeconds: policy.returnAfter?.toSeconds(SECONDS),
        targetUtilization: policy.targetUtilization,
      }),
    learning: learning && defined({ ...learning }),
    resilience,
    contestedRetryAfterSeconds: contestedRetryAfter?.toSeconds(SECONDS),
    router: router?.routerFields,
    units: byName(units, ({ unitName }) => unitName).map(unitOf),
    pools: byName(pools, ({ poolName }) => poolName).map(poolOf),
  }),
});

const unitOf = (unit: IDeploymentUnit) =>
  defined({
    name: unit.unitName,
    accelerator: unit.accelerator.name,
    deployment: unit.deploymentName,
    scaler: defined({ kind: unit.scaler, name: unit.scalerName, metricIndex: unit.metricIndex }),
    pools: unit.pools.map(({ poolName }) => poolName).sort(),
    devicesPerPod: unit.devicesPerPod,
    instanceTypes: unit.instanceTypes,
    profile: {
      throughputPerMinute: unit.profile.throughputPerMinute,
      latencySeconds: unit.profile.latency.toSeconds(SECONDS),
      coldStartSeconds: unit.profile.coldStart.toSeconds(SECONDS),
    },
    ...unit.router?.backendFields(unit.unitName),
    minimumReplicas: unit.minimumReplicas,
    maximumReplicas: unit.maximumReplicas,
    costShare: unit.costShare,
    maximumShare: unit.maximumShare,
  });

const poolOf = (pool: IAcceleratorPool) =>
  defined({
    name: pool.poolName,
    accelerator: pool.accelerator.name,
    capacityType: pool.capacityType,
    deviceResource: pool.accelerator.deviceResource,
    instanceTypes: pool.instanceTypes.map(({ name, devices, priceUsdPerHour }) => ({ name, devices, priceUsdPerHour })),
    maximumDevices: pool.maximumDevices,
    zones: pool.zones,
    capacityReservationIds: pool.capacityReservationIds,
  });
