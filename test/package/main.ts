/**
 * Installs the package as its users do and holds that it works: packed into a tarball, as a Python wheel, and generated for the other
 * languages. Needs Node, npm and python3; takes the rest from npm and PyPI.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Checks, say } from './checks';
import { buildWheel, installedVersion, pacmak, sameTemplate, synthesizePython, virtualEnvironment } from './python-project';
import { holdsWhatIsNeeded, pack } from './tarball';
import {
  compileExamples,
  developedWith,
  installTarball,
  oldestPeers,
  synthesize,
  synthesizeDefaultApp,
  templatesIn,
} from './typescript-project';

const root = resolve(__dirname, '../..');

/** W3005 finds dependencies that references imply already: CDK writes them all over, and they are harmless. */
const LINT_OPTIONS = ['--ignore-checks', 'W3005'];

/** The template that both languages synthesize. */
const COMPARED = 'minimal';

/** Compiles the examples in a project that has the package installed, and synthesizes them; the paths of their templates. */
const tryExamples = async (checks: Checks, project: string, how: string): Promise<readonly string[]> => {
  const templates: string[] = [];
  const apps = await checks.hold(`the examples compile ${how}`, () => compileExamples(root, project), String);
  for (const app of apps ?? []) {
    templates.push(...((await checks.hold(`${app}.ts synthesizes ${how}`, async () => templatesIn(await synthesize(project, app)))) ?? []));
  }
  return templates;
};

const main = async (): Promise<boolean> => {
  const checks = new Checks();
  const folder = await mkdtemp(join(tmpdir(), 'adaptive-inference-package-'));
  try {
    const tarball = await checks.hold(
      'the package packs',
      () => pack(root, folder),
      ({ files, bytes }) => `${files.length} files, ${(bytes / 1000).toFixed(0)} kB`,
    );
    if (!tarball) return checks.end();
    await checks.hold('the tarball has what is needed and nothing else', () => holdsWhatIsNeeded(root, tarball));

    const oldest = await oldestPeers(root);
    const oldProject = join(folder, 'oldest');
    const old = await checks.hold(`the tarball installs beside aws-cdk-lib ${oldest.cdk}, the oldest it allows`, async () => {
      await installTarball(oldProject, tarball.path, oldest);
      return oldProject;
    });
    if (old) await tryExamples(checks, old, 'beside the oldest aws-cdk-lib');

    const wheel = old && (await checks.hold('the wheel for Python builds', () => buildWheel(old, folder), basename));
    const python = join(folder, 'venv');
    const cdkVersion = wheel
      ? await checks.hold(
          'the wheel installs into an empty environment',
          async () => {
            await virtualEnvironment(python, [wheel]);
            return installedVersion(python, 'aws-cdk-lib');
          },
          (version) => `with aws-cdk-lib ${version}`,
        )
      : undefined;

    // The version that pip chose, so that only the language differs between the templates that are compared.
    const project = join(folder, 'project');
    const peers = developedWith(cdkVersion);
    const installed = await checks.hold(`the tarball installs into an empty project, beside aws-cdk-lib ${peers.cdk}`, async () => {
      await installTarball(project, tarball.path, peers);
      return project;
    });
    const templates = installed ? await tryExamples(checks, installed, 'from the tarball') : [];

    if (cdkVersion !== undefined) {
      const found = await checks.hold(`${COMPARED}.py synthesizes`, async () =>
        templatesIn(await synthesizePython(python, join(root, `examples/python/${COMPARED}.py`), join(folder, 'cdk.out.python'))),
      );
      for (const template of found ?? []) {
        const other = join(project, 'cdk.out', COMPARED, basename(template));
        await checks.hold(`${basename(template)} is the same from Python and TypeScript`, () => sameTemplate(template, other));
      }
    }

    const defaultApp = await checks.hold('the default app synthesizes', async () => templatesIn(await synthesizeDefaultApp(root, folder)));
    const linter = join(folder, 'cfn-lint');
    const lint = join(linter, 'bin/cfn-lint');
    const version = await checks.hold(
      'cfn-lint installs',
      async () => {
        await virtualEnvironment(linter, ['cfn-lint']);
        return (await say(lint, ['--version'], { cwd: '.' })).stdout.trim();
      },
      String,
    );
    if (version !== undefined) {
      for (const template of [...templates, ...(defaultApp ?? [])]) {
        await checks.hold(`cfn-lint finds nothing in ${basename(template)}`, () =>
          say(lint, [...LINT_OPTIONS, '--template', template], { cwd: '.' }),
        );
      }
    }

    for (const target of old ? ['java', 'dotnet', 'go'] : []) {
      await checks.hold(`the code for ${target} generates`, async () => {
        await pacmak(oldProject, ['--code-only', '--target', target, '--outdir', folder]);
        if ((await readdir(join(folder, target))).length === 0) throw new Error('nothing was generated');
      });
    }
    return checks.end();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

main().then(
  (held) => {
    process.exitCode = held ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
