import type { FleetSpecInput } from '../../../lambda/control-loop/api';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { ApiResource, JsonPatchOperation, KubernetesObject, KubernetesPort, Ports } from '../../../lambda/control-loop/ports';
import { enter } from '../invariants';

/** Each call of a process that died. */
class Killed extends KubernetesError {
  constructor() {
    super('the process was killed', 0);
  }
}

const placeOf = ({ plural }: ApiResource, { name, namespace = '' }: KubernetesObject['metadata']): string =>
  `${plural} ${namespace}/${name}`;

/** What an apply may say of an object besides its fields. */
const NAMES = ['apiVersion', 'kind', 'metadata'];

/**
 * Stands between the loop and its ports: keeps every write that the loop tries, as the places it changes, and kills the loop at a write.
 */
export class Recorder {
  /** The world as it would be with all that was tried since `begin`. */
  after = new Map<string, unknown>();
  /** The world as it was when the tick began, with what the loop saw of it since where another writer was faster. */
  before = new Map<string, unknown>();
  private writes = 0;
  private diesAtWrite = Number.POSITIVE_INFINITY;
  private isDead = false;

  constructor(private readonly spec: FleetSpecInput) {}

  /** A tick begins in this world. */
  begin(before: ReadonlyMap<string, unknown>): void {
    this.after = new Map(before);
    this.before = new Map(before);
    this.writes = 0;
    this.isDead = false;
  }

  /** At its write of this number, counted from 1, the process dies; with `Infinity` it lives. */
  killAtWrite(write: number): void {
    this.diesAtWrite = write;
  }

  readonly wrap = (ports: Ports): Ports => {
    const { kubernetes, routers, ec2 } = ports;
    const read = <T>(call: () => Promise<T>): Promise<T> => (this.isDead ? Promise.reject(new Killed()) : call());
    const write = <T>(enterInto: () => void, call: () => Promise<T>): Promise<T> => {
      if (this.isDead) return Promise.reject(new Killed());
      this.writes += 1;
      if (this.writes >= this.diesAtWrite) {
        this.isDead = true;
        return Promise.reject(new Killed());
      }
      enterInto();
      return call();
    };
    const wrapped: KubernetesPort = {
      ...kubernetes,
      list: (...given) => read(() => kubernetes.list(...given)),
      get: (...given) => read(() => kubernetes.get(...given)),
      apply: (resource, object, ...given) =>
        write(
          () => this.applied(resource, object),
          () => kubernetes.apply(resource, object, ...given),
        ),
      jsonPatch: (resource, name, namespace, operations) =>
        write(
          () => this.patched(placeOf(resource, namespace === undefined ? { name } : { name, namespace }), operations),
          () => kubernetes.jsonPatch(resource, name, namespace, operations),
        ),
      replaceStatus: (resource, object) =>
        write(
          () => this.entered(object.status, `${placeOf(resource, object.metadata)}/status`),
          () => kubernetes.replaceStatus(resource, object),
        ),
      create: (resource, object) =>
        write(
          () => this.entered(object, placeOf(resource, object.metadata)),
          () => kubernetes.create(resource, object),
        ),
    };
    const { splitter, metrics } = routers.AlbListenerRule;
    return {
      ...ports,
      kubernetes: wrapped,
      ec2: {
        describeSpotPriceHistory: (input) => read(() => ec2.describeSpotPriceHistory(input)),
        describeInstanceTypeOfferings: (input) => read(() => ec2.describeInstanceTypeOfferings(input)),
        describeCapacityReservations: (input) => read(() => ec2.describeCapacityReservations(input)),
      },
      routers: {
        AlbListenerRule: {
          metrics,
          splitter: {
            maxWeight: splitter.maxWeight,
            resourcesOf: (routing) => splitter.resourcesOf(routing),
            nameOf: (router) => splitter.nameOf(router),
            readOwner: (router) => read(() => splitter.readOwner(router)),
            readWeights: (routing) => read(() => splitter.readWeights(routing)),
            writeWeights: (routing, weights, observed) =>
              write(
                () => this.weighed(weights),
                () => splitter.writeWeights(routing, weights, observed),
              ),
          },
        },
      },
    };
  };

  private entered(value: unknown, place: string): void {
    for (const known of this.after.keys()) if (known.startsWith(`${place}/`)) this.after.delete(known);
    enter(value, place, this.after);
  }

  private applied(resource: ApiResource, object: KubernetesObject): void {
    for (const [field, value] of Object.entries(object)) {
      if (!NAMES.includes(field)) enter(value, `${placeOf(resource, object.metadata)}/${field}`, this.after);
    }
    const { name: _, namespace: __, uid: ___, resourceVersion: ____, ...metadata } = object.metadata;
    enter(metadata, `${placeOf(resource, object.metadata)}/metadata`, this.after);
  }

  private patched(place: string, operations: readonly JsonPatchOperation[]): void {
    for (const { op, path, value } of operations) {
      // A snapshot names a place by its keys as they are (RFC 6901, section 4).
      const key = path.replaceAll('~1', '/').replaceAll('~0', '~');
      if (op === 'remove') this.after.delete(`${place}${key}`);
      else if (op !== 'test') this.entered(value, `${place}${key}`);
      else if (key.startsWith('/spec/')) this.before.set(`${place}${key}`, value);
    }
  }

  private weighed(weights: Readonly<Record<string, number>>): void {
    for (const [unit, weight] of Object.entries(weights)) {
      const group = this.spec.units.find(({ name }) => name === unit)?.targetGroupArn ?? unit;
      this.after.set(`rule ${this.spec.router!.listenerRuleArn} ${group}`, weight);
    }
  }
}
