import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { say } from './checks';

const SETTINGS = {
  compilerOptions: {
    target: 'es2022',
    module: 'node16',
    moduleResolution: 'node16',
    strict: true,
    noEmitOnError: true,
    skipLibCheck: true,
    types: ['node'],
    outDir: 'out',
  },
  include: ['*.ts'],
};

/** A package that the checkout itself was tested with. */
const versionOf = (name: string): string => (createRequire(__filename)(`${name}/package.json`) as { version: string }).version;

/** The example that the README shows of how to deploy. */
const readmeExample = async (root: string): Promise<string> => {
  const source = /^## Deploy it\n.*?^```ts\n(.*?)^```$/ms.exec(await readFile(join(root, 'README.md'), 'utf8'))?.[1];
  if (source === undefined) throw new Error('the README shows no example of how to deploy');
  return source;
};

/** Versions of the peers. */
export interface Peers {
  readonly cdk: string;
  readonly constructs: string;
}

/** The oldest peers that the package allows. */
export const oldestPeers = async (root: string): Promise<Peers> => {
  const { peerDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
  const oldest = (name: string): string => (peerDependencies[name] ?? '').replace(/^\^/, '');
  return { cdk: oldest('aws-cdk-lib'), constructs: oldest('constructs') };
};

/** The peers that the checkout is developed with, with another version of aws-cdk-lib where one is wanted. */
export const developedWith = (cdk = versionOf('aws-cdk-lib')): Peers => ({ cdk, constructs: versionOf('constructs') });

/** An empty project in which the tarball and its peers are installed, nothing else. */
export const installTarball = async (folder: string, tarball: string, { cdk, constructs }: Peers): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private":true}\n');
  const peers = [`aws-cdk-lib@${cdk}`, `constructs@${constructs}`, `@types/node@${versionOf('@types/node')}`];
  await say('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball, ...peers], { cwd: folder });
};

/** Compiles the README's example and those of the repository, against the declarations of the installed package. */
export const compileExamples = async (root: string, folder: string): Promise<readonly string[]> => {
  const examples = join(root, 'examples/typescript');
  const names = (await readdir(examples)).filter((name) => name.endsWith('.ts'));
  for (const name of names) await copyFile(join(examples, name), join(folder, name));
  await writeFile(join(folder, 'readme.ts'), await readmeExample(root));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(SETTINGS));
  await say(process.execPath, [createRequire(__filename).resolve('typescript/bin/tsc'), '-p', '.'], { cwd: folder });
  return ['readme', ...names.map((name) => name.replace(/\.ts$/, ''))];
};

/** Synthesizes a compiled app as the CDK command line would, offline and without credentials. */
export const synthesize = async (folder: string, name: string): Promise<string> => {
  const out = join(folder, 'cdk.out', name);
  await say(process.execPath, [join('out', `${name}.js`)], { cwd: folder, environment: { CDK_OUTDIR: out } });
  return out;
};

/** Synthesizes the app of the checkout, with the context of its cdk.json. */
export const synthesizeDefaultApp = async (root: string, folder: string): Promise<string> => {
  const out = join(folder, 'cdk.out.default');
  const { context } = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8')) as { readonly context: unknown };
  await say(process.execPath, ['-r', 'tsx/cjs', 'bin/app.ts'], {
    cwd: root,
    environment: { CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
  return out;
};

/** The templates of a cloud assembly. */
export const templatesIn = async (assembly: string): Promise<readonly string[]> => {
  const templates = (await readdir(assembly)).filter((name) => name.endsWith('.template.json'));
  if (templates.length === 0) throw new Error(`no template in ${assembly}`);
  return templates.map((name) => join(assembly, name));
};
