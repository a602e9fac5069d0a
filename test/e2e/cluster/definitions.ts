import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import type { Kubectl } from './kubectl';
import { until } from './wait';

const SERVED_SECONDS = 30;

/** Installs the definitions in a folder and waits until they are served. */
export const installDefinitions = async (kubectl: Kubectl, folder: string): Promise<void> => {
  await kubectl(['apply', '--server-side', '--filename', folder]);
  await served(kubectl, '--filename', folder);
};

/** Creates an object, one whose fields are all known; a definition is served then. */
export const create = async (kubectl: Kubectl, object: unknown): Promise<void> => {
  await kubectl(['create', '--validate=strict', '--filename', '-'], object);
  const { kind, metadata } = object as KubernetesObject;
  if (kind === 'CustomResourceDefinition') await served(kubectl, 'crd', metadata.name);
};

/** Waits until definitions, given as to `kubectl get`, are served. Not by `kubectl wait`, which fails on one that has no conditions yet. */
export const served = async (kubectl: Kubectl, ...definitions: readonly string[]): Promise<void> => {
  await until(
    `definitions to be served: ${definitions.join(' ')}`,
    SERVED_SECONDS,
    async () => {
      const found = JSON.parse(await kubectl(['get', ...definitions, '--output', 'json']));
      return ((found.items ?? [found]) as readonly KubernetesObject[]).every(({ status }) =>
        status?.conditions?.some(
          (condition: { type: string; status: string }) => condition.type === 'Established' && condition.status === 'True',
        ),
      );
    },
    { pollSeconds: 0.3 },
  );
};
