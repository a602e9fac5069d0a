import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { ValidationError } from '../../lib';
import { maskedTemplate } from '../../lib/assertions';
import type { Json, Resource } from './template';

/** What synthesis makes of an app: its resources and its warnings, or the reason why it refuses. */
export type Synthesis =
  | { readonly refused: false; readonly resources: ReadonlyMap<string, Resource>; readonly warnings: readonly string[] }
  | { readonly refused: true; readonly message: string };

const STACK = 'Serving';

// The rules of CloudFormation are loaded once a process, which takes seconds; a template of the library's tests runs them.
process.env.CDK_VALIDATION ??= 'false';

/** Synthesizes a stack with what the function puts there. */
export const synthesize = (build: (stack: Stack) => void): Synthesis => {
  const outdir = mkdtempSync(join(tmpdir(), 'changes-'));
  try {
    const context = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:disable-stack-trace': true };
    const app = new App({ outdir, context, analyticsReporting: false });
    const stack = new Stack(app, STACK, { env: { account: '123456789012', region: 'us-west-2' } });
    build(stack);
    const template = maskedTemplate(stack) as { readonly Resources: Readonly<Record<string, RawResource>> };
    return { refused: false, resources: resourcesOf(template.Resources), warnings: warningsOf(stack) };
  } catch (error) {
    if (error instanceof ValidationError) return { refused: true, message: messageOf(error) };
    throw error;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
};

interface RawResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, Json>>;
  readonly DependsOn?: string | readonly string[];
  readonly Metadata?: { readonly 'aws:cdk:path'?: string };
}

/** Path of the construct without what all of them have, and without the parts and hashes that CDK adds. */
const pathOf = (id: string, path: string | undefined): string =>
  (path ?? id)
    .replace(`${STACK}/`, '')
    .replaceAll(/\/(Resource|Default)(?=\/|$)/g, '')
    .replace(/(?<=[a-z])[0-9A-F]{8}(?=:\d+$)/, '');

const resourcesOf = (raw: Readonly<Record<string, RawResource>>): ReadonlyMap<string, Resource> =>
  new Map(
    Object.entries(raw).map(([id, { Type, Properties, DependsOn, Metadata }]) => [
      id,
      {
        id,
        type: Type,
        path: pathOf(id, Metadata?.['aws:cdk:path']),
        properties: Properties ?? {},
        dependsOn: DependsOn === undefined ? [] : [DependsOn].flat(),
      },
    ]),
  );

/** The warnings of the constructs of this library. */
const warningsOf = (stack: Stack): readonly string[] =>
  stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type, data }) => type === 'aws:cdk:warning' && String(data).includes('cdk-adaptive-inference:'))
    .map(({ data }) => String(data));

/** What a user reads, without the path of the construct. */
const messageOf = ({ message }: Error): string => message.replace(/^\S+: /, '').replaceAll(/\s*\n\s*/g, ' ');
