import type { Clock, KubernetesPort } from '../ports';
import type { CallOptions } from './aws';
import type { ClusterAddress } from './eks';
import { type HttpsConnection, openConnection } from './http';
import { createKubernetesClient } from './kubernetes';

export interface ClusterProps {
  readonly describe: (options: CallOptions) => Promise<ClusterAddress>;
  readonly mintToken: () => Promise<string>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly sleep: (seconds: number, signal?: AbortSignal) => Promise<void>;
}

export interface Cluster {
  /** The API for one tick, with a token of its own. */
  session(tick: { readonly deadlineSeconds: number; readonly signal?: AbortSignal }): KubernetesPort;
}

/** A cluster whose address and connection outlive a tick: they are read again only after it could not be reached. */
export const createCluster = (props: ClusterProps): Cluster => {
  let opened: Promise<HttpsConnection> | undefined;

  const connection = (signal: AbortSignal | undefined): Promise<HttpsConnection> => {
    opened ??= props
      .describe(signal ? { abortSignal: signal } : {})
      .then(openConnection)
      .catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
    return opened;
  };

  return {
    session: ({ deadlineSeconds, signal }) => {
      // A sandbox is frozen between ticks: its idle sockets may be closed at the other end without it knowing, and a write on such a
      // socket would fail without telling whether it was applied.
      opened?.then(
        (kept) => kept.closeIdle(),
        () => undefined,
      );
      return createKubernetesClient({
        connection: () => connection(signal),
        mintToken: props.mintToken,
        onUnreachable: () => {
          opened = undefined;
        },
        clock: props.clock,
        deadlineSeconds,
        ...(signal ? { signal } : {}),
        random: props.random,
        sleep: props.sleep,
      });
    },
  };
};
