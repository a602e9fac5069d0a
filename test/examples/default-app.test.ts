import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextWarnings, readChoices } from '../../bin/app/context';
import { kubernetesObjects } from '../../lib/assertions';

const choices = (context: Readonly<Record<string, unknown>>) => readChoices((name) => context[name]);

describe('the choices of the default app', () => {
  it('have defaults', () => {
    const { region, accelerators, model, spot } = choices({});
    expect({ region, model, spot, accelerators: accelerators.map(({ name }) => name) }).toEqual({
      region: 'us-west-2',
      model: 'TinyLlama/TinyLlama-1.1B-Chat-v1.0',
      spot: true,
      accelerators: ['INFERENTIA2', 'A10G', 'L4'],
    });
  });

  it.each([
    ['region', 'Oregon', 'an AWS region, such as us-west-2'],
    ['accelerators', 'A10G,H999', 'names among A10G, L4, L40S, INFERENTIA2, TRAINIUM1'],
    ['accelerators', 'INFERENTIA', 'did you mean "INFERENTIA2"?'],
    ['accelerators', '', 'names of accelerators, separated by commas'],
    ['model', 'llama', 'a Hugging Face model, as <organisation>/<name>'],
    ['spot', 'maybe', 'true or false'],
  ])('refuse %s=%s', (name, value, expected) => {
    expect(() => choices({ [name]: value })).toThrow(expected);
  });

  it.each([
    ['true', true],
    ['false', false],
    [true, true],
    [false, false],
  ])('read spot=%s', (given, spot) => {
    expect(choices({ spot: given }).spot).toBe(spot);
  });
});

describe('context that the default app does not read', () => {
  it.each([
    ['acelerators', 'context `acelerators` is not used: did you mean "accelerators"?'],
    ['colour', 'context `colour` is not used: this app reads region, accelerators, model, spot'],
  ])('%s gives a warning', (name, warning) => {
    expect(contextWarnings(['region', name])).toEqual([warning]);
  });

  it('gives none where it belongs to the CDK', () => {
    const names = ['@aws-cdk/core:checkSecretUsage', 'aws:cdk:bundling-stacks', 'vpc-provider:account=1', 'acknowledged-issue-numbers'];
    expect(contextWarnings(names)).toEqual([]);
  });
});

describe('the default app, as the command line runs it', () => {
  const folders: string[] = [];
  const run = async (folder: string, context: Readonly<Record<string, string>>) => {
    const root = resolve(__dirname, '../..');
    const settings = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
    return promisify(execFile)(process.execPath, ['-r', 'tsx/cjs', 'bin/app.ts'], {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        CDK_OUTDIR: folder,
        CDK_VALIDATION: 'false',
        CDK_CONTEXT_JSON: JSON.stringify({ ...settings.context, ...context }),
      },
    });
  };
  const synthesized = async (context: Readonly<Record<string, string>>) => {
    const folder = await mkdtemp(join(tmpdir(), 'adaptive-inference-'));
    folders.push(folder);
    const { stderr } = await run(folder, context);
    const text = await readFile(join(folder, 'AdaptiveInference.template.json'), 'utf8');
    return { template: Template.fromJSON(JSON.parse(text)), stderr };
  };

  let template: Template;
  beforeAll(async () => {
    ({ template } = await synthesized({}));
  });
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

  it('needs no account, and serves one model by public images, alike on every unit', () => {
    const containers = kubernetesObjects(template, 'Deployment').map(
      ({ body }) => (body.spec as { template: { spec: { containers: { image: string; args: string[] }[] } } }).template.spec.containers[0]!,
    );
    expect(containers.map(({ image }) => image.replace(/:.*/, ''))).toEqual([
      'public.ecr.aws/neuron/pytorch-inference-vllm-neuronx',
      'vllm/vllm-openai',
      'vllm/vllm-openai',
    ]);
    for (const { args } of containers) {
      expect(args.slice(0, 5)).toEqual(['TinyLlama/TinyLlama-1.1B-Chat-v1.0', '--port', '8000', '--max-model-len', '2048']);
    }
  });

  it('has the capacity that was chosen', async () => {
    const chosen = await synthesized({ accelerators: 'TRAINIUM1', spot: 'false', acelerators: 'L4' });
    const pools = kubernetesObjects(chosen.template, 'NodePool').map(({ body }) => (body.metadata as { name: string }).name);
    expect(pools).toEqual(['trainium1-on-demand']);
    expect(chosen.stderr).toBe('warning: context `acelerators` is not used: did you mean "accelerators"?\n');
  });

  it('ends with one line, and writes nothing, where a choice is invalid', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'adaptive-inference-'));
    folders.push(folder);
    await expect(run(folder, { accelerators: 'FOO' })).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'error: context `accelerators`: given "FOO", expected names among A10G, L4, L40S, INFERENTIA2, TRAINIUM1. ' +
        'Pass it as --context accelerators=..., or set it in cdk.json.\n',
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
