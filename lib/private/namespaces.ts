import type { IConstruct } from 'constructs';

/** Id, on a cluster, of the namespaces that its units have created. */
export const NAMESPACES = 'Namespaces';

/** A namespace of a cluster, where units have created it. */
export const createdNamespace = (cluster: IConstruct, namespace: string): IConstruct[] => {
  const created = cluster.node.tryFindChild(NAMESPACES)?.node.tryFindChild(namespace);
  return created === undefined ? [] : [created];
};
