import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool, ValidationError } from '../../lib';
import { sourcesIn } from '../support/imports';
import { newCluster, newStack } from './support/fixture';

const root = resolve(__dirname, '../..');

/** The error that a function throws. */
const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('a validation error', () => {
  it('has a code, the place of the mistake, and a message that ends with the code', () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const error = thrownBy(
      () => new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G, instanceTypes: ['m5.large'] }),
    );
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({
      name: 'ValidationError',
      code: 'UnknownInstanceType',
      where: 'Test/Pool',
      message: expect.stringMatching(/^Test\/Pool: .* \[UnknownInstanceType\]$/s),
    });
  });

  it('names the call, if the mistake is in no construct', () => {
    const error = thrownBy(() => Accelerator.of('my chip', { deviceResource: 'example.com/chip', instanceTypes: [] }));
    expect(error).toMatchObject({ code: 'InvalidAcceleratorName', where: "Accelerator.of('my chip')" });
  });
});

describe('the codes of mistakes', () => {
  const codes = sourcesIn(['lib']).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^\s*code: '(.*)',$/gm)].map(([, code]) => code ?? ''),
  );

  it('are names in one form', () => {
    expect(codes.length).toBeGreaterThan(50);
    expect(codes.filter((code) => !/^([A-Z][a-z0-9]*){2,}$/.test(code))).toEqual([]);
  });

  it('stand for one mistake each', () => {
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });
});
