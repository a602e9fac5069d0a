/** A volume that keeps model files and compiled artifacts when the server restarts. */
export interface ModelCacheVolume {
  /** Absolute path at which the server finds it. */
  readonly mountPath: string;

  /**
   * Maximum size, as a Kubernetes quantity; only for a volume that is deleted with the pod.
   *
   * @default 100Gi
   */
  readonly size?: string;

  /**
   * A PersistentVolumeClaim in the namespace of the unit, which many pods can mount.
   *
   * @default - a volume on the node's disk that is empty when the pod starts; on local NVMe disks if the pool has them
   */
  readonly claimName?: string;
}

/**
 * An HTTP server that serves a model. Any server will do that answers 200 on a health path once the model is loaded.
 *
 * @example
 * const container: ServedContainer = {
 *   image: 'public.ecr.aws/example/chat-cuda:1.0.0',
 *   args: ['--max-model-len', '2048'],
 *   port: 8000,
 *   healthPath: '/health',
 *   memory: '10Gi',
 *   modelCache: { mountPath: '/models' },
 * };
 */
export interface ServedContainer {
  /** Image with a tag or digest, so that all pods of a unit run the same server. */
  readonly image: string;

  /**
   * Command, instead of the entry point of the image.
   *
   * @default - the entry point of the image
   */
  readonly command?: string[];

  /**
   * Arguments of the command.
   *
   * @default - those of the image
   */
  readonly args?: string[];

  /**
   * Environment variables.
   *
   * @default - `HOME` and `USER` for a server that does not run as root, because its user has no home in most images
   */
  readonly environment?: { [name: string]: string };

  /**
   * Kubernetes Secrets in the namespace of the unit, whose entries become environment variables.
   *
   * @default - none
   */
  readonly environmentSecrets?: string[];

  /**
   * Port on which it listens, 1 to 65535.
   *
   * @default 8000
   */
  readonly port?: number;

  /**
   * Ports on which pods of earlier deployments may still serve. A change of `port` replaces the pods one by one; until that is done the load
   * balancer must reach the old ones. List the old port in the deployment that changes it, and remove it in a later one.
   *
   * @default - none
   */
  readonly formerPorts?: number[];

  /**
   * Path that answers 200 once the model is loaded, and not before.
   *
   * @default /health
   */
  readonly healthPath?: string;

  /**
   * CPU that a pod requests, as a Kubernetes quantity. The pod and the system pods together must fit the smallest instance of the pools.
   *
   * @default '2'
   */
  readonly cpu?: string;

  /**
   * Memory that a pod requests, including shared memory, as a Kubernetes quantity.
   *
   * @default 8Gi
   */
  readonly memory?: string;

  /**
   * Size of `/dev/shm`, as a Kubernetes quantity. Servers that split a model over several devices exchange data there.
   *
   * @default 2Gi
   */
  readonly sharedMemory?: string;

  /**
   * Volume for model files.
   *
   * @default - none; the server stores them in the layer of its container
   */
  readonly modelCache?: ModelCacheVolume;

  /**
   * User and group it runs as, 1 or more.
   *
   * @default 1000
   */
  readonly user?: number;

  /**
   * Whether it may run as root. Many public model images require it; leave it off for those that do not. Root too has no capabilities, gains
   * no privileges and has the runtime's default seccomp profile: it can use its own files and any port, but not those of other users.
   *
   * @default false
   */
  readonly runAsRoot?: boolean;
}
