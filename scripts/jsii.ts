import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

/**
 * What jsii says of this package and is meant: peers are tested at the newest version, not at the oldest that is allowed; Kubernetes
 * and AWS call things `namespace`, and C# has an escape for it.
 */
const EXPECTED_WARNINGS = ['metadata/missing-dev-dependency', 'language-compatibility/reserved-word'];

/** Compiles the constructs to JavaScript, declarations and the assembly from which other languages are generated; warnings are errors. */
export const compileConstructs = async (root = process.cwd()): Promise<void> => {
  // A file that is gone from the sources must not stay in the package.
  await rm(`${root}/dist/lib`, { recursive: true, force: true });
  const jsii = createRequire(__filename).resolve('jsii/bin/jsii');
  try {
    await promisify(execFile)(process.execPath, [jsii, '--fail-on-warnings', '--silence-warnings', ...EXPECTED_WARNINGS, '--', root], {
      env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' },
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`jsii refuses the constructs:\n${stdout}${stderr}`, { cause: error });
  }
};
