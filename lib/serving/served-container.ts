/** A volume that keeps model files and compiled artefacts between restarts of the server. */
export interface ModelCacheVolume {
  /** Where the server finds it, an absolute path. */
  readonly mountPath: string;

  /**
   * Most it may hold, as a quantity of Kubernetes; only for a volume that lives and dies with the pod.
   *
   * @default 100Gi
   */
  readonly size?: string;

  /**
   * A PersistentVolumeClaim in the namespace of the unit, which many pods can mount.
   *
   * @default - a volume on the node's own disk, empty when the pod starts; on local NVMe disks where the pool has them
   */
  readonly claimName?: string;
}

/** An HTTP server that serves a model. Nothing else is known of it. */
export interface ServedContainer {
  /** Image, with a tag or digest: the pods of a unit should all run the same. */
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
   * @default - `HOME` and `USER` for a server that does not run as root, since its user has no home in most images
   */
  readonly environment?: { [name: string]: string };

  /**
   * Kubernetes Secrets in the namespace of the unit, whose entries become environment variables.
   *
   * @default - none
   */
  readonly environmentSecrets?: string[];

  /**
   * Port on which it answers, 1 to 65535.
   *
   * @default 8000
   */
  readonly port?: number;

  /**
   * Path that answers 200 once the model can be asked, and only then.
   *
   * @default /health
   */
  readonly healthPath?: string;

  /**
   * CPU a pod asks for, as a quantity of Kubernetes. Pod and system pods together must fit the smallest instance of the pools.
   *
   * @default '2'
   */
  readonly cpu?: string;

  /**
   * Memory a pod asks for, as a quantity of Kubernetes, shared memory included.
   *
   * @default 8Gi
   */
  readonly memory?: string;

  /**
   * Size of `/dev/shm`, as a quantity of Kubernetes. Servers that split a model over devices exchange data there.
   *
   * @default 2Gi
   */
  readonly sharedMemory?: string;

  /**
   * Volume for model files.
   *
   * @default - none; the server keeps them in its own layer
   */
  readonly modelCache?: ModelCacheVolume;

  /**
   * User and group it runs as, 1 or more.
   *
   * @default 1000
   */
  readonly user?: number;

  /**
   * Whether it may run as root, with the capabilities that container runtimes give. Many public model images expect to; those that do
   * not are better run without.
   *
   * @default false
   */
  readonly runAsRoot?: boolean;
}
