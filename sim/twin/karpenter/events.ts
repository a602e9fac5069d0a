import { karpenterEventReasons, resources } from '../../../lambda/control-loop/contract/names';
import type { LaunchRefusal } from '../aws/ec2';
import { epochSeconds, type World } from '../kubernetes/world';
import { karpenterEvent } from './objects';

/** Karpenter cuts the error in an event at this many characters (sigs.k8s.io/karpenter `nodeclaim/lifecycle/launch.go`). */
const MESSAGE_LENGTH = 300;

const truncated = (message: string): string => (message.length >= MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH)}...` : message);

interface Published {
  count: number;
  firstEpochSeconds: number;
  lastSeconds: number;
}

/** The Warning Events by which Karpenter reports shortages. */
export class KarpenterEvents {
  private readonly published = new Map<string, Published>();

  constructor(private readonly world: World) {}

  /** On a NodeClaim that EC2 refused in every offering; the claim itself is deleted right after. */
  insufficientCapacity(nodeClaimName: string, uid: string, refusals: readonly LaunchRefusal[]): void {
    // Each error of the EC2 fleet once.
    const errors = [...new Set(refusals.map(({ code, message }) => `${code}: ${message}`))].join('; ');
    // The AWS provider's description of the call; no request was made here.
    const call =
      'aws-error-code=UnfulfillableCapacity, aws-operation-name=CreateFleet, aws-request-id=00000000-0000-0000-0000-000000000000';
    const error = truncated(`creating instance, insufficient capacity, with fleet error(s), ${errors} (${call}, aws-service-name=EC2, `);
    this.world.api.put(
      resources.events,
      karpenterEvent(
        { kind: resources.nodeClaims.kind, name: nodeClaimName, uid },
        {
          reason: karpenterEventReasons.insufficientCapacity,
          message: `NodeClaim ${nodeClaimName} event: ${error}`,
          count: 1,
          firstEpochSeconds: epochSeconds(this.world),
        },
        this.world,
      ),
    );
  }

  /** On a NodePool none of whose offerings is left. Published at most once in `eventDedupeSeconds`; counted up in one Event. */
  noCompatibleInstanceTypes(poolName: string): void {
    const { api, kernel, settings } = this.world;
    const uid = api.read(resources.nodePools, poolName)?.metadata.uid;
    const before = this.published.get(poolName);
    if (uid === undefined || (before && kernel.now - before.lastSeconds < settings.eventDedupeSeconds)) return;
    const next = {
      count: (before?.count ?? 0) + 1,
      firstEpochSeconds: before?.firstEpochSeconds ?? epochSeconds(this.world),
      lastSeconds: kernel.now,
    };
    this.published.set(poolName, next);
    api.put(
      resources.events,
      karpenterEvent(
        { kind: resources.nodePools.kind, name: poolName, uid },
        {
          reason: karpenterEventReasons.noCompatibleInstanceTypes,
          message: 'NodePool requirements filtered out all compatible available instance types',
          ...next,
        },
        this.world,
      ),
    );
  }
}
