import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheEntry, keyOf, progress } from './cache';

const FOLDER = join(import.meta.dirname, 'modules');

interface GoModule {
  /** Name of its folder in `modules/`. */
  readonly name: string;
  readonly version: string;
  /** What is built of it. */
  readonly packages: readonly string[];
  /** Files of the upstream module that are needed at run time: name here, module, path there. */
  readonly files?: readonly { readonly name: string; readonly module: string; readonly path: string }[];
  readonly linkerFlags?: string;
  /** For whoever waits. */
  readonly coldMinutes: number;
}

const KUBERNETES_VERSION = 'v1.36.3';

const GO_MODULES = {
  etcd: { name: 'etcd', version: 'v3.6.16', packages: ['.'], coldMinutes: 1 },
  kubernetes: {
    name: 'kubernetes',
    version: KUBERNETES_VERSION,
    packages: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'].map((name) => `k8s.io/kubernetes/cmd/${name}`),
    linkerFlags: `-X k8s.io/component-base/version.gitVersion=${KUBERNETES_VERSION}`,
    coldMinutes: 6,
  },
  kwok: {
    name: 'kwok',
    version: 'v0.8.0',
    packages: ['sigs.k8s.io/kwok/cmd/kwok'],
    files: [{ name: 'stages', module: 'sigs.k8s.io/kwok', path: 'kustomize/stage' }],
    coldMinutes: 1,
  },
  karpenter: {
    name: 'karpenter',
    version: 'v1.14.1',
    packages: ['github.com/aws/karpenter-provider-aws/cmd/controller'],
    files: [
      { name: 'crds', module: 'github.com/aws/karpenter-provider-aws', path: 'pkg/apis/crds' },
      { name: 'prices.go', module: 'github.com/aws/karpenter-provider-aws', path: 'pkg/providers/pricing/zz_generated.pricing_aws.go' },
    ],
    coldMinutes: 3,
  },
  keda: {
    name: 'keda',
    version: 'v2.20.2',
    packages: ['github.com/kedacore/keda/v2/cmd/operator', 'github.com/kedacore/keda/v2/cmd/adapter'],
    files: [{ name: 'crds', module: 'github.com/kedacore/keda/v2', path: 'config/crd/bases' }],
    coldMinutes: 5,
  },
} as const satisfies Record<string, GoModule>;

export type ModuleName = keyof typeof GO_MODULES;

/** The versions that the test bed runs. */
export const versions: Readonly<Record<ModuleName, string>> = {
  etcd: GO_MODULES.etcd.version,
  kubernetes: GO_MODULES.kubernetes.version,
  kwok: GO_MODULES.kwok.version,
  karpenter: GO_MODULES.karpenter.version,
  keda: GO_MODULES.keda.version,
};

/** A folder with the programs of an upstream module in `bin` and the files of it that are needed beside. Built once. */
const ensureModule = async (name: ModuleName): Promise<string> => {
  const module: GoModule = GO_MODULES[name];
  const source = join(FOLDER, name);
  const inputs = ['go.mod', 'go.sum', 'main.go'].map((file) => join(source, file)).filter((file) => existsSync(file));
  const key = keyOf([process.platform, process.arch, JSON.stringify(module), ...inputs.map((file) => readFileSync(file, 'utf8'))]);
  return cacheEntry(`${name}-${module.version}`, key, (folder) => build(module, source, folder));
};

/** All modules, one after the other: each build uses every core. */
export const ensureModules = async (names: readonly ModuleName[]): Promise<Readonly<Record<string, string>>> => {
  const folders: Record<string, string> = {};
  for (const name of names) folders[name] = await ensureModule(name);
  return folders;
};

const build = async (module: GoModule, source: string, folder: string): Promise<void> => {
  const started = Date.now();
  const elapsed = (): string => `${Math.round((Date.now() - started) / 1000)} s`;
  progress(`${module.name} ${module.version}: building from its Go module, about ${module.coldMinutes} min from nothing`);
  const ticker = setInterval(() => progress(`${module.name}: still building, ${elapsed()}`), 30_000);
  try {
    mkdirSync(join(folder, 'bin'));
    const linkerFlags = ['-s -w', module.linkerFlags ?? ''].join(' ').trim();
    const output = join(folder, 'bin');
    await go(source, [
      'build',
      '-mod=readonly',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags',
      linkerFlags,
      '-o',
      `${output}/`,
      ...module.packages,
    ]);
    for (const file of module.files ?? []) {
      const { stdout } = await promisify(execFile)('go', ['list', '-mod=readonly', '-m', '-f', '{{.Dir}}', file.module], { cwd: source });
      copy(join(stdout.trim(), file.path), join(folder, file.name));
    }
  } finally {
    clearInterval(ticker);
  }
  progress(`${module.name} ${module.version}: built in ${elapsed()}`);
};

/** Contents only: the module cache is read-only, and a copy that is, too, could not be removed. */
const copy = (from: string, to: string): void => {
  if (!statSync(from).isDirectory()) {
    writeFileSync(to, readFileSync(from));
    return;
  }
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) copy(join(from, name), join(to, name));
};

const KEPT_CHARACTERS = 4000;

/** Runs the Go command; its last words are in the error. */
const go = (cwd: string, args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-KEPT_CHARACTERS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => reject(new Error(`the test bed needs Go 1.26 or later on the PATH: ${error.message}`, { cause: error })));
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`go ${args[0]} in ${cwd} ended with ${signal ?? `code ${code}`}:\n${output}`));
    });
  });
