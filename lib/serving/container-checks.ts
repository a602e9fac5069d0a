import { Annotations, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { absolutePath, byteQuantity, complain, cpuQuantity, integerBetween, kubernetesName, literal } from '../private/validation';
import type { ModelCacheVolume, ServedContainer } from './served-container';

/** A container with every default filled in. */
export interface CheckedContainer {
  readonly image: string;
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  readonly environment: { readonly [name: string]: string };
  readonly environmentSecrets: readonly string[];
  readonly port: number;
  readonly healthPath: string;
  readonly cpu: string;
  readonly memory: string;
  readonly sharedMemory: string;
  readonly modelCache: ModelCacheVolume | undefined;
  /** Undefined where it may run as root. */
  readonly user: number | undefined;
}

/** Checks a container and fills in what was left out. */
export function checkContainer(scope: IConstruct, container: ServedContainer): CheckedContainer {
  if (container.runAsRoot && container.user !== undefined) {
    complain(scope, {
      wrong: '`container.user` contradicts `container.runAsRoot`',
      given: container.user,
      expected: 'one of them',
      fix: 'Remove `runAsRoot` where the image can run as that user, or `user` where it cannot.',
    });
  }
  const user = container.runAsRoot
    ? undefined
    : integerBetween(scope, 'container.user', literal(scope, 'container.user', container.user ?? 1000), 1, 2_147_483_647);
  const port = literal(scope, 'container.port', container.port ?? 8000);
  const modelCache = container.modelCache && checkCache(scope, container.modelCache);
  return {
    image: checkImage(scope, container.image),
    command: container.command,
    args: container.args,
    environment: checkEnvironment(scope, {
      // Without an entry in the image's passwd a user has neither home nor name, and libraries that look for either fail.
      ...(user === undefined ? {} : { HOME: modelCache?.mountPath ?? '/tmp', USER: 'model' }),
      ...container.environment,
    }),
    environmentSecrets: (container.environmentSecrets ?? []).map((name) => kubernetesName(scope, 'container.environmentSecrets', name)),
    port: integerBetween(scope, 'container.port', port, 1, 65_535),
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
      wrong: '`container.image` is no image',
      given: image,
      expected: 'a repository with a tag or digest, such as `public.ecr.aws/team/server:1.2.3`',
      fix: 'Write it as `docker pull` takes it.',
    });
  }
  if (!/(:[^/]+|@sha256:[0-9a-f]{64})$/.test(image) || image.endsWith(':latest')) {
    Annotations.of(scope).addWarningV2(
      'cdk-adaptive-inference:unpinnedImage',
      `image '${image}' is whatever its publisher makes it when a pod starts, so that pods of one unit may differ. Name a version or digest.`,
    );
  }
  return image;
}

function checkEnvironment(scope: IConstruct, environment: { readonly [name: string]: string }): { readonly [name: string]: string } {
  for (const name of Object.keys(environment)) {
    if (!Token.isUnresolved(name) && !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
      complain(scope, {
        wrong: '`container.environment` has what is no name of a variable',
        given: name,
        expected: 'letters, digits, `_`, `-` and `.`, with no digit first',
        fix: 'Rename it.',
      });
    }
  }
  return environment;
}

function checkCache(scope: IConstruct, cache: ModelCacheVolume): ModelCacheVolume {
  absolutePath(scope, 'container.modelCache.mountPath', literal(scope, 'container.modelCache.mountPath', cache.mountPath));
  if (cache.mountPath === '/' || cache.mountPath === '/dev/shm') {
    complain(scope, {
      wrong: '`container.modelCache.mountPath` would hide what the container needs',
      given: cache.mountPath,
      expected: 'a directory of its own, such as `/models`',
      fix: 'Mount it elsewhere.',
    });
  }
  if (cache.claimName !== undefined && cache.size !== undefined) {
    complain(scope, {
      wrong: '`container.modelCache.size` bounds a volume that has a size already',
      given: cache.size,
      expected: 'no `size` beside `claimName`',
      fix: 'Remove `size`; the claim states its own.',
    });
  }
  if (cache.claimName !== undefined) kubernetesName(scope, 'container.modelCache.claimName', cache.claimName);
  if (cache.size !== undefined) byteQuantity(scope, 'container.modelCache.size', cache.size);
  return cache;
}
