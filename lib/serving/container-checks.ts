import { posix } from 'node:path';
import { Annotations, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { absolutePath, byteQuantity, complain, cpuQuantity, integerWithin, kubernetesName, literal } from '../private/validation';
import type { ModelCacheVolume, ServedContainer } from './served-container';

/** A container with all defaults filled in. */
export interface CheckedContainer {
  readonly image: string;
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  readonly environment: { readonly [name: string]: string };
  readonly environmentSecrets: readonly string[];
  readonly port: number;
  readonly formerPorts: readonly number[];
  readonly healthPath: string;
  readonly cpu: string;
  readonly memory: string;
  readonly sharedMemory: string;
  readonly modelCache: ModelCacheVolume | undefined;
  /** Undefined if it may run as root. */
  readonly user: number | undefined;
}

const PORTS = { min: 1, max: 65_535 };

/** Checks a container and fills in its defaults. */
export function checkContainer(scope: IConstruct, container: ServedContainer): CheckedContainer {
  if (container.runAsRoot && container.user !== undefined) {
    complain(scope, {
      code: 'UserAndRoot',
      wrong: '`container.user` contradicts `container.runAsRoot`',
      given: container.user,
      expected: 'one of them',
      fix: 'Remove `runAsRoot` if the image can run as that user, or `user` if it cannot.',
    });
  }
  const user = container.runAsRoot
    ? undefined
    : integerWithin(scope, 'container.user', container.user ?? 1000, { min: 1, max: 2_147_483_647 });
  const modelCache = container.modelCache && checkCache(scope, container.modelCache);
  return {
    image: checkImage(scope, container.image),
    command: container.command,
    args: container.args,
    environment: checkEnvironment(scope, {
      // A user without an entry in the image's passwd file has neither home nor name, and libraries that look for them fail.
      ...(user === undefined ? {} : { HOME: modelCache?.mountPath ?? '/tmp', USER: 'model' }),
      ...container.environment,
    }),
    environmentSecrets: (container.environmentSecrets ?? []).map((name) => kubernetesName(scope, 'container.environmentSecrets', name)),
    port: integerWithin(scope, 'container.port', container.port ?? 8000, PORTS),
    formerPorts: (container.formerPorts ?? []).map((port) => integerWithin(scope, 'container.formerPorts', port, PORTS)),
    healthPath: absolutePath(scope, 'container.healthPath', container.healthPath ?? '/health'),
    cpu: cpuQuantity(scope, 'container.cpu', container.cpu ?? '2'),
    memory: byteQuantity(scope, 'container.memory', container.memory ?? '8Gi'),
    sharedMemory: byteQuantity(scope, 'container.sharedMemory', container.sharedMemory ?? '2Gi'),
    modelCache,
    user,
  };
}

function checkImage(scope: IConstruct, image: string): string {
  if (Token.isUnresolved(image)) return image;
  if (!/^[a-z0-9][^\s]*$/i.test(image) || image.includes('://')) {
    complain(scope, {
      code: 'InvalidImage',
      wrong: '`container.image` is not a valid image',
      given: image,
      expected: 'a repository with a tag or digest, such as `public.ecr.aws/team/server:1.2.3`',
      fix: 'Write it as for `docker pull`.',
    });
  }
  if (!/(:[^/]+|@sha256:[0-9a-f]{64})$/.test(image) || image.endsWith(':latest')) {
    Annotations.of(scope).addWarningV2(
      'cdk-adaptive-inference:unpinnedImage',
      `image '${image}' can change between two starts of a pod, so pods of one unit may differ. Use a tag with a version, or a digest.`,
    );
  }
  return image;
}

function checkEnvironment(scope: IConstruct, environment: { readonly [name: string]: string }): { readonly [name: string]: string } {
  for (const name of Object.keys(environment)) {
    if (!Token.isUnresolved(name) && !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
      complain(scope, {
        code: 'InvalidEnvironmentVariable',
        wrong: '`container.environment` contains an invalid variable name',
        given: name,
        expected: 'letters, digits, `_`, `-` and `.`, with a letter or `_` first',
        fix: 'Rename the variable.',
      });
    }
  }
  return environment;
}

/** Directories without which a container does not start: a volume over one of them hides it. */
const SYSTEM = [
  '/bin',
  '/etc',
  '/lib',
  '/lib64',
  '/run',
  '/sbin',
  '/usr',
  '/usr/bin',
  '/usr/lib',
  '/usr/local',
  '/usr/local/bin',
  '/usr/local/lib',
  '/usr/sbin',
  '/var',
  '/var/run',
];

/** Whether a volume can be mounted at a path: not at the root, over the system or in what the kernel shows; Kubernetes takes no colon. */
const isFreeDirectory = (path: string): boolean => {
  const normal = posix.normalize(path).replace(/(?<=.)\/+$/, '');
  return normal !== '/' && !SYSTEM.includes(normal) && !/^\/(?:dev|proc|sys)(?:\/|$)/.test(normal) && !path.includes(':');
};

function checkCache(scope: IConstruct, cache: ModelCacheVolume): ModelCacheVolume {
  absolutePath(scope, 'container.modelCache.mountPath', literal(scope, 'container.modelCache.mountPath', cache.mountPath));
  if (!isFreeDirectory(cache.mountPath)) {
    complain(scope, {
      code: 'UnusableMountPath',
      wrong: '`container.modelCache.mountPath` would hide directories that the container needs',
      given: cache.mountPath,
      expected: 'a directory that is not used otherwise, such as `/models`',
      fix: 'Choose another path.',
    });
  }
  if (cache.claimName !== undefined && cache.size !== undefined) {
    complain(scope, {
      code: 'SizeOfClaimedVolume',
      wrong: '`container.modelCache.size` has no effect on a PersistentVolumeClaim',
      given: cache.size,
      expected: 'no `size` beside `claimName`',
      fix: 'Remove `size`; the claim has its own.',
    });
  }
  if (cache.claimName !== undefined) kubernetesName(scope, 'container.modelCache.claimName', cache.claimName);
  if (cache.size !== undefined) byteQuantity(scope, 'container.modelCache.size', cache.size);
  return cache;
}
