import type { RouterAdapters } from './routers/adapter';

/**
 * What the control loop needs of the world, in the shapes of the services themselves, one page or one
 * object at a time. `client/` implements these over AWS and Kubernetes, the twin in `sim/` in memory.
 * `observe/` and `act/` hold all paging, splitting, parsing and safety, so both worlds exercise them.
 */

/** The time of day. */
export interface Clock {
  /** Seconds since the epoch. */
  nowSeconds(): number;
}

/** One metric of CloudWatch, as `GetMetricData` asks for it. */
export interface MetricQuery {
  /** Unique in its call, `^[a-z][a-zA-Z0-9_]*$`. */
  readonly id: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** `Sum`, `Average`, `Maximum`, `p95`, ... */
  readonly statistic: string;
  readonly periodSeconds: number;
}

/** Values of one metric on one page of the answer; more may follow on the next page. */
export interface MetricResult {
  readonly id: string;
  readonly statusCode: 'Complete' | 'InternalError' | 'PartialData' | 'Forbidden';
  readonly timestampsSeconds: readonly number[];
  readonly values: readonly number[];
}

/** Metrics of CloudWatch. */
export interface CloudWatchPort {
  getMetricData(input: {
    readonly queries: readonly MetricQuery[];
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly nextToken?: string;
  }): Promise<{ readonly results: readonly MetricResult[]; readonly nextToken?: string }>;
}

/** A spot price that was set at a time, and holds until the next. */
export interface SpotPrice {
  readonly instanceType: string;
  readonly zone: string;
  readonly priceUsdPerHour: number;
  readonly atSeconds: number;
}

/** Prices and capacity of EC2, one page at a time. */
export interface Ec2Port {
  describeSpotPriceHistory(input: {
    readonly instanceTypes: readonly string[];
    readonly startSeconds: number;
    readonly nextToken?: string;
  }): Promise<{ readonly prices: readonly SpotPrice[]; readonly nextToken?: string }>;
  describeInstanceTypeOfferings(input: {
    readonly instanceTypes: readonly string[];
    readonly nextToken?: string;
  }): Promise<{ readonly offerings: readonly { readonly instanceType: string; readonly zone: string }[]; readonly nextToken?: string }>;
  describeCapacityReservations(input: { readonly ids: readonly string[]; readonly nextToken?: string }): Promise<{
    readonly reservations: readonly {
      readonly id: string;
      readonly instanceType: string;
      readonly zone: string;
      readonly availableInstances: number;
    }[];
    readonly nextToken?: string;
  }>;
}

/** A Kubernetes API resource, for example `{ group: 'karpenter.sh', version: 'v1', plural: 'nodepools', kind: 'NodePool' }`. */
export interface ApiResource {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

/** An object of Kubernetes, of any kind: whoever reads a field checks its type. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    /** Who set which field; see the API reference, ManagedFieldsEntry. */
    readonly managedFields?: readonly object[];
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  };
  // biome-ignore lint/suspicious/noExplicitAny: the shape belongs to the kind; `observe/` narrows it
  readonly [field: string]: any;
}

/** An operation of RFC 6902. */
export interface JsonPatchOperation {
  readonly op: 'test' | 'replace' | 'add' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** Every method throws `KubernetesError` (see `errors.ts`). */
export interface KubernetesPort {
  list(
    resource: ApiResource,
    options?: {
      readonly namespace?: string;
      readonly labelSelector?: string;
      readonly fieldSelector?: string;
      readonly continueToken?: string;
    },
  ): Promise<{ readonly items: readonly KubernetesObject[]; readonly continueToken?: string }>;
  get(resource: ApiResource, name: string, namespace?: string): Promise<KubernetesObject>;
  /** Server-side apply. A field that another manager owns answers 409, unless it is forced: then the other manager loses it. */
  apply(
    resource: ApiResource,
    object: KubernetesObject,
    fieldManager: string,
    options?: { readonly force?: boolean },
  ): Promise<KubernetesObject>;
  jsonPatch(
    resource: ApiResource,
    name: string,
    namespace: string | undefined,
    operations: readonly JsonPatchOperation[],
  ): Promise<KubernetesObject>;
  /** Replaces `status`; `metadata.resourceVersion` of the object is the lock: 409 when it is not the newest. */
  replaceStatus(resource: ApiResource, object: KubernetesObject): Promise<KubernetesObject>;
  create(resource: ApiResource, object: KubernetesObject): Promise<KubernetesObject>;
}

/** All that a tick needs of the world. */
export interface Ports {
  readonly clock: Clock;
  readonly ec2: Ec2Port;
  /** Built over the services that a router consists of; see `routers/`. */
  readonly routers: RouterAdapters;
  readonly kubernetes: KubernetesPort;
  /** Receives one decision record a tick, and EMF metrics: one line each. */
  readonly log: (record: Readonly<Record<string, unknown>>) => void;
}
