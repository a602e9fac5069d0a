import { readFile } from 'node:fs/promises';
import type { BuildOptions, Plugin } from 'esbuild';

/** How the function in a folder of `lambda` is bundled: one CommonJS file, without what the SDK carries for other places than Lambda. */
export const lambdaBundle = (outfile: string, name = 'control-loop'): BuildOptions => ({
  entryPoints: [`lambda/${name}/handler.ts`],
  outfile,
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'cjs',
  // The oldest Node that may load it; what runs it in the cloud is newer.
  target: 'node20',
  // ES modules first: CommonJS cannot be shaken.
  mainFields: ['module', 'main'],
  sourcemap: 'external',
  legalComments: 'none',
  plugins: [slimSdk],
});

/**
 * Drops what the AWS SDK carries and the function cannot use.
 *
 * 1. Schemas of operations that are not called. Each is a plain list, but written with computed keys, which esbuild must take for
 *    code with effects; marked as pure, those that nothing refers to go.
 * 2. The chain of credential providers (SSO, profiles, processes, web identities, instance metadata). The clients are given
 *    credentials from the environment, where Lambda puts them; the chain is only their default.
 * 3. Of each client's package.json everything but the version, which is all that is read.
 */
const slimSdk: Plugin = {
  name: 'slim-aws-sdk',
  setup: (build) => {
    build.onLoad({ filter: /@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/ }, async ({ path }) => {
      const { contents, marked } = markSchemasPure(await readFile(path, 'utf8'));
      const warnings =
        marked > 0 ? [] : [{ text: 'no schema found in this file: the SDK writes them differently now, see scripts/lambda-bundle.ts' }];
      return { contents, loader: 'js', warnings };
    });
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({ path, namespace: 'not-in-lambda' }));
    build.onLoad({ filter: /.*/, namespace: 'not-in-lambda' }, () => ({ contents: NO_DEFAULT_CREDENTIALS }));
    build.onLoad({ filter: /@aws-sdk[\\/][^\\/]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

const NO_DEFAULT_CREDENTIALS = `export const defaultProvider = () => async () => {
  throw new Error('this bundle has no default credentials: give the client its credentials');
};`;

/** Wraps every list that a schema file assigns to a name at its top level; lists have no effects, so the mark is true. */
const markSchemasPure = (source: string): { readonly contents: string; readonly marked: number } => {
  let marked = 0;
  const contents = source.replace(/^((?:export )?var [\w$]+ = )(\[[\s\S]*?\]);$/gm, (_statement, head: string, list: string) => {
    marked++;
    return `${head}/* @__PURE__ */ (() => (${list}))();`;
  });
  return { contents, marked };
};
