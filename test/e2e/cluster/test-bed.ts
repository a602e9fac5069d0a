import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpsConnection } from '../../../lambda/control-loop/client/http';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { type AwsSide, type LoopAws, startAwsSide, TOKEN_REVIEW_PATH } from '../aws/aws-side';
import { type Joiner, startJoiner } from '../aws/joiner';
import { readPrices } from '../aws/market';
import type { Api } from './api';
import { progress } from './cache';
import { type ControlPlane, createCertificates, startControlPlane } from './control-plane';
import { installDefinitions } from './definitions';
import { describeCluster } from './describe';
import { takePorts } from './free-ports';
import { type Keda, startKeda } from './keda';
import { createKubectl, type Kubectl } from './kubectl';
import { ensureModules, type ModuleName, versions } from './modules';
import { ensureMoto } from './moto';
import { startKarpenter, startKwok } from './node-agents';
import { createProcesses, type Processes, type Running } from './processes';

/** A cluster to test on, and the AWS that the loop calls. */
export interface TestCluster {
  readonly clusterName: string;
  /** With every right. */
  readonly kubeconfig: string;
  readonly processes: Processes;
  readonly api: Api;
  readonly kubectl: Kubectl;
  readonly aws: LoopAws;
  /** Spec for EC2NodeClasses, where it is not the played AWS that Karpenter launches in. */
  readonly nodeClass?: KubernetesObject['spec'];
  /** The loop's way to the API server, where that does not know the tokens of the played AWS. */
  readonly loopConnection?: HttpsConnection;
  /** What a failed test needs to be understood: events, conditions, the last decision, last lines of logs. */
  describe(): Promise<string>;
  stop(): Promise<void>;
}

/** A whole cluster of the tests' own, with the AWS that all of it calls. */
export interface TestBed extends TestCluster {
  readonly aws: AwsSide;
  readonly controlPlane: ControlPlane;
  readonly kwok: Running;
  readonly karpenter: Running;
  readonly joiner: Joiner;
  /** Left out where it was not asked for. */
  readonly keda?: Keda;
}

export interface TestBedOptions {
  /** Whether KEDA is part of it. Default: no, for it takes half a minute to start. */
  readonly keda?: boolean;
  /** Default: `test-bed`. */
  readonly clusterName?: string;
}

const KARPENTER_SECONDS = 60;

/** Builds what is missing and starts a cluster of its own: other test beds of this machine are not touched. */
export const startTestBed = async (options: TestBedOptions = {}): Promise<TestBed> => {
  const clusterName = options.clusterName ?? 'test-bed';
  const names: ModuleName[] = ['etcd', 'kubernetes', 'kwok', 'karpenter', ...(options.keda ? (['keda'] as const) : [])];
  const folders = await ensureModules(names);
  const python = await ensureMoto();
  const folderOf = (name: ModuleName): string => folders[name] ?? '';

  const { ports, files, giveBack } = await takePorts(13);
  const port = (index: number): number => ports[index] ?? 0;
  const processes = createProcesses();
  files.forEach(processes.removeAtEnd);
  const started = performance.now();
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.reverse()) await end().catch(() => undefined);
    await processes.stop();
    giveBack();
  };
  try {
    const certificates = createCertificates(join(processes.folder, 'pki'));
    const endpoint = `https://127.0.0.1:${port(2)}`;
    const { certificateAuthorityPem } = certificates;
    const version = versions.kubernetes.replace(/^v(\d+\.\d+).*/, '$1');
    const startingAws = startAwsSide({
      processes,
      python,
      ports: { moto: port(3), proxy: port(4) },
      cluster: { name: clusterName, version, endpoint, certificateAuthorityPem },
      // Karpenter's own table, so that both sides reckon with the same.
      prices: readPrices(readFileSync(join(folderOf('karpenter'), 'prices.go'), 'utf8')),
    });
    const [controlPlane, aws] = await Promise.all([
      startControlPlane({
        processes,
        programs: { etcd: folderOf('etcd'), kubernetes: folderOf('kubernetes') },
        ports: { etcd: port(0), etcdPeer: port(1), apiServer: port(2) },
        certificates,
        tokenReviewUrl: `http://127.0.0.1:${port(4)}${TOKEN_REVIEW_PATH}`,
      }),
      startingAws,
    ]);
    stops.push(aws.stop);
    const { api } = controlPlane;
    const { kubeconfig } = controlPlane;
    const kubectl = createKubectl(join(folderOf('kubernetes'), 'bin', 'kubectl'), kubeconfig);
    await installDefinitions(kubectl, join(folderOf('karpenter'), 'crds'));
    const kwok = startKwok(processes, folderOf('kwok'), controlPlane, port(5));
    const karpenter = startKarpenter({
      processes,
      folder: folderOf('karpenter'),
      controlPlane,
      aws,
      clusterName,
      ports: { metrics: port(6), health: port(7) },
    });
    const joiner = startJoiner(aws.moto, api);
    stops.push(joiner.stop);
    const keda = options.keda
      ? await startKeda({
          processes,
          folder: folderOf('keda'),
          controlPlane,
          aws,
          kubectl,
          ports: { metrics: port(8), health: port(9), grpc: port(10), adapter: port(11), adapterMetrics: port(12) },
        })
      : undefined;
    await karpenter.waitFor('to be ready', KARPENTER_SECONDS, async () => (await fetch(`http://127.0.0.1:${port(7)}/readyz`)).ok);
    progress(`cluster up in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    const bed = {
      clusterName,
      kubeconfig,
      processes,
      controlPlane,
      api,
      kubectl,
      aws,
      kwok,
      karpenter,
      joiner,
      ...(keda ? { keda } : {}),
      stop,
    };
    return { ...bed, describe: () => describeBed(bed) };
  } catch (error) {
    const tails = processes
      .all()
      .map((running) => `--- ${running.name} (${running.isRunning() ? 'runs' : 'ended'}) ---\n${running.tail(8)}`);
    await stop();
    throw new Error(`the test bed did not start: ${error instanceof Error ? error.message : String(error)}\n${tails.join('\n')}`, {
      cause: error,
    });
  }
};

const describeBed = async ({ kubectl, karpenter, joiner }: Omit<TestBed, 'describe'>): Promise<string> =>
  [
    await describeCluster(kubectl),
    `--- joiner ---\n${joiner.errors.slice(-5).join('\n') || 'no errors'}`,
    `--- karpenter ---\n${karpenter.tail(15)}`,
  ].join('\n');
