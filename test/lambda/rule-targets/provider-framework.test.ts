import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHandler } from '../../../lambda/rule-targets/provider';
import { ruleEvent, targetEvent } from './events';
import { FakeRules, groupOf, LISTENER } from './fake-rules';

/** The function behind CDK's own code for custom resources, as aws-cdk-lib deploys it; only its calls of AWS are replaced. */

interface Outbound {
  invokeFunction(request: { readonly Payload: string }): Promise<{ readonly Payload: string; readonly FunctionError?: string }>;
  startExecution(request: { readonly input: string }): Promise<void>;
  httpRequest(options: unknown, body: string): Promise<void>;
}

interface Framework {
  onEvent(event: object): Promise<void>;
  isComplete(event: object): Promise<void>;
}

const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
const scope = globalThis as unknown as { outboundOfFramework: Outbound };
let framework: Framework;

beforeAll(async () => {
  const outfile = join(folder, 'framework.js');
  await build({
    entryPoints: [
      join(dirname(require.resolve('aws-cdk-lib/package.json')), 'custom-resources/lib/provider-framework/runtime/framework.js'),
    ],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'silent',
    plugins: [
      {
        name: 'no-aws',
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: /^\.\/outbound$/ }, ({ path }) => ({ path, namespace: 'outbound' }));
          onLoad({ filter: /.*/, namespace: 'outbound' }, () => ({ contents: 'module.exports = globalThis.outboundOfFramework;' }));
        },
      },
    ],
  });
  scope.outboundOfFramework = {
    invokeFunction: (request) => outbound.invokeFunction(request),
    startExecution: (request) => outbound.startExecution(request),
    httpRequest: (options, body) => outbound.httpRequest(options, body),
  };
  process.env.USER_ON_EVENT_FUNCTION_ARN = 'arn:aws:lambda:us-west-2:123456789012:function:rules';
  process.env.USER_IS_COMPLETE_FUNCTION_ARN = 'arn:aws:lambda:us-west-2:123456789012:function:rules';
  process.env.WAITER_STATE_MACHINE_ARN = 'arn:aws:states:us-west-2:123456789012:stateMachine:waiter';
  framework = require(outfile);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const rules = new FakeRules();
let nowSeconds = 1_800_000_000;
const handler = createHandler(() => ({ rules, nowSeconds: () => nowSeconds, sleep: async () => undefined, log: () => undefined }));

let waiting: object | undefined;
let answers: Record<string, unknown>[] = [];

const outbound: Outbound = {
  // As Lambda answers an invocation.
  invokeFunction: async ({ Payload }) => {
    try {
      return { Payload: JSON.stringify(await handler(JSON.parse(Payload))) };
    } catch (error) {
      return { FunctionError: 'Unhandled', Payload: JSON.stringify({ errorMessage: (error as Error).message }) };
    }
  },
  startExecution: async ({ input }) => {
    waiting = JSON.parse(input);
  },
  httpRequest: async (_, body) => {
    answers.push(JSON.parse(body));
  },
};

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  rules.rules.clear();
  rules.targets.clear();
  waiting = undefined;
  answers = [];
});

/** What CloudFormation is told about a request, after looks every 15 seconds. */
const request = async (event: object): Promise<Record<string, unknown>> => {
  await framework.onEvent({ ...event, ResponseURL: 'https://example.com/answer', RequestId: 'request-1' });
  for (let looks = 0; answers.length === 0 && looks < 300; looks += 1) {
    if (waiting === undefined) throw new Error('nobody waits');
    // The waiter looks again after this error, and only after this one.
    await framework.isComplete(waiting).catch((error: Error) => {
      if (error.constructor.name !== 'Retry') throw error;
    });
    nowSeconds += 15;
  }
  return answers.shift() ?? {};
};

describe('a custom resource', () => {
  it('creates a rule, puts a target group into it and takes it out again', async () => {
    const created = await request(ruleEvent('Create'));
    const rule = `${LISTENER.replace(':listener/', ':listener-rule/')}/1`;
    expect(created).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: rule });
    for (const unit of ['g5', 'inf2']) {
      const added = await request(targetEvent('Create', unit, { RuleArn: rule }));
      expect(added).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: groupOf(unit) });
    }
    expect(rules.weights(rule)).toEqual({ g5: 199, inf2: 199 });
    rules.overwrite(rule, { [groupOf('g5')]: 0, [groupOf('inf2')]: 999 });
    const removed = await request(targetEvent('Delete', 'g5', { RuleArn: rule }));
    expect(removed).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: groupOf('g5') });
    expect(rules.weights(rule)).toEqual({ inf2: 999 });
  });

  it('that fails tells CloudFormation why, and can then be deleted', async () => {
    rules.put({ a: 200, b: 200, c: 200, d: 200, e: 199 });
    const failed = await request(targetEvent('Create', 'g5'));
    expect(failed).toMatchObject({ Status: 'FAILED', PhysicalResourceId: groupOf('g5') });
    expect(failed.Reason).toContain('unit g5: given a listener rule with 5 target groups');
    expect(await request(targetEvent('Delete', 'g5'))).toMatchObject({ Status: 'SUCCESS' });
    expect(rules.weights()).toEqual({ a: 200, b: 200, c: 200, d: 200, e: 199 });
  });

  it('that waits too long tells CloudFormation for what, before the framework gives up without a reason', async () => {
    rules.put({ g5: 152, inf2: 847 });
    const started = nowSeconds;
    const late = await request(targetEvent('Delete', 'g5'));
    expect(late.Status).toBe('FAILED');
    expect(late.Reason).toContain('unit g5 still has weight 152 of 999');
    // 59 minutes are those of the framework.
    expect(nowSeconds - started).toBeLessThan(59 * 60);
    // CloudFormation takes an answer of at most 4096 bytes.
    expect(Buffer.byteLength(JSON.stringify(late))).toBeLessThan(4096);
  });
});
