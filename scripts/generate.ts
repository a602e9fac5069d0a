import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { customResourceDefinition } from '../lambda/control-loop/api';
import { policies, policyNames } from '../lambda/control-loop/contract/policies';
import { scenarioJsonSchema } from '../sim/inputs/scenario-schema';
import { type Assembly, apiReference } from './api-docs';
import { compileConstructs } from './jsii';

/**
 * Writes the files that are made from others. With `--check` it writes none of them, and fails with the names of those that are stale.
 */

const ROOT = join(__dirname, '..');
const CONTRACT = 'lambda/control-loop/contract';

/** A file that is made from others, and what it should contain. */
interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/**
 * The contract as the constructs read it. jsii compiles `lib` apart from everything else, so they get a copy: the modules of the contract
 * import nothing, one after the other they are one module.
 */
const contractCopy = (): string => {
  const modules = readdirSync(join(ROOT, CONTRACT)).sort();
  return [
    `/** Copy of \`${CONTRACT}\`, written by \`npm run generate\`: change it there. */`,
    ...modules.map((module) => read(`${CONTRACT}/${module}`)),
  ].join('\n\n');
};

const definitionModule =
  (): string => `/** The CustomResourceDefinition of \`InferenceFleet\`, made from the loop's schema of a fleet by \`npm run generate\`: change it there. */
export const INFERENCE_FLEET_CRD: { readonly [key: string]: unknown } = ${JSON.stringify(customResourceDefinition(), undefined, 2)};
`;

/** The names of policies as the constructs offer them. */
const policyEnum = (): string => {
  const members = policyNames.map((name) => {
    const member = policies[name].commandLineName.toUpperCase().replaceAll('-', '_');
    return `/** ${policies[name].description} */\n${member} = '${name}',`;
  });
  return `// Written from ${CONTRACT}/policies.ts by \`npm run generate\`: change it there.

/** The policies that decide floors, targets, shares and the order of pools. */
export enum FleetPolicyName {
${members.join('\n\n')}
}
`;
};

/** Every policy with its function: each file is called as the policy is on the command line, and exports it under that name. */
const policyRegistry = (): string => {
  const functions = policyNames.map((name) => {
    const file = policies[name].commandLineName;
    return { name, file, identifier: `${file.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())}Policy` };
  });
  const imports = [
    { file: 'policy', text: "import type { Policy } from './policy';" },
    ...functions.map(({ file, identifier }) => ({ file, text: `import { ${identifier} } from './${file}';` })),
  ].sort((a, b) => (a.file < b.file ? -1 : 1));
  return `// Written from ${CONTRACT}/policies.ts by \`npm run generate\`: change it there.

import type { policies as facts, PolicyName } from '../../contract/policies';
${imports.map(({ text }) => text).join('\n')}

/** Every policy by name, each bound to the strategies that the contract states for it. */
export type Policies = { readonly [Name in PolicyName]: Policy<(typeof facts)[Name]['strategies'][number]> };

export const policies: Policies = { ${functions.map(({ name, identifier }) => `${name}: ${identifier}`).join(', ')} };
`;
};

/** Formats as the linter asks; text that it does not format stays as it is. */
const formatted = ({ path, text }: GeneratedFile): GeneratedFile => {
  const biome = require.resolve('@biomejs/biome/bin/biome');
  const input = { cwd: ROOT, input: text, encoding: 'utf8' as const };
  return { path, text: execFileSync(process.execPath, [biome, 'format', `--stdin-file-path=${path}`], input) };
};

/** All generated files but pages: these are made of the files above. */
export const generatedSources = (): readonly GeneratedFile[] =>
  [
    { path: 'lib/generated/contract.ts', text: contractCopy() },
    { path: 'lib/generated/fleet-policy-name.ts', text: policyEnum() },
    { path: 'lib/generated/inference-fleet-crd.ts', text: definitionModule() },
    { path: 'lambda/control-loop/decide/policies/index.ts', text: policyRegistry() },
    { path: 'sim/scenarios/schema.json', text: `${JSON.stringify(scenarioJsonSchema(), undefined, 2)}\n` },
  ].map(formatted);

/** Files of which the disk holds another text, or none. */
export const staleFiles = (files: readonly GeneratedFile[]): readonly GeneratedFile[] =>
  files.filter(({ path, text }) => {
    try {
      return read(path) !== text;
    } catch {
      return true;
    }
  });

/** When a file, or the youngest below a folder, was last changed; 0 for one that is not there. */
const changedAt = (path: string): number => {
  const status = statSync(join(ROOT, path), { throwIfNoEntry: false });
  if (status === undefined) return 0;
  const below = status.isDirectory() ? readdirSync(join(ROOT, path)).map((name) => changedAt(`${path}/${name}`)) : [];
  return Math.max(status.mtimeMs, ...below);
};

/** The API reference of the constructs as they are; compiles them where the last build is older. */
const apiPage = async (): Promise<GeneratedFile> => {
  const sources = ['lib', 'package.json', 'tsconfig.jsii.json'];
  if (Math.max(...sources.map(changedAt)) >= changedAt('.jsii')) await compileConstructs(ROOT);
  return { path: 'docs/API.md', text: apiReference(JSON.parse(read('.jsii')) as Assembly) };
};

/** The table of signals by decisions. It runs the loop's decisions, and so is loaded after what is generated for them. */
const signalsPage = async (): Promise<GeneratedFile> => {
  const { signalPage } = await import('./signals/page');
  return { path: 'docs/signals.md', text: signalPage() };
};

/** What changes of an app deploy. It synthesizes the constructs, which are compiled apart from everything else: in a process of its own. */
const changesPage = (): GeneratedFile => {
  const command = ['--import', 'tsx', 'scripts/changes/main.ts'];
  const text = execFileSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
  return { path: 'docs/changes.md', text };
};

const write = (files: readonly GeneratedFile[]): void => {
  for (const { path, text } of files) {
    writeFileSync(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
};

const main = async (): Promise<void> => {
  const isCheck = process.argv.includes('--check');
  const staleSources = staleFiles(generatedSources());
  // The constructs are compiled with what is generated for them.
  if (!isCheck) write(staleSources);
  const stalePages = staleFiles([await apiPage(), await signalsPage(), changesPage()]);
  if (!isCheck) write(stalePages);
  const stale = [...staleSources, ...stalePages].map(({ path }) => path);
  if (isCheck && stale.length > 0) throw new Error(`stale: ${stale.join(', ')}; run: npm run generate`);
  if (stale.length === 0) console.log('all generated files are up to date');
};

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
