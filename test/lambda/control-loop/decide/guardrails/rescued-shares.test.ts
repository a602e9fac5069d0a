import { expect, it } from 'vitest';
import { shiftFromDead } from '../../../../../lambda/control-loop/decide/guardrails/rescued-shares';

it('takes the last thousandth from a unit without a pod, though another proves itself with its trial', () => {
  // The second has no pod, the third fails and keeps its hundredth.
  const shifted = shiftFromDead([0.989, 0.001, 0.01], [4, 0, 0], [400, 0, 0], [0, 0, 0.01]);
  expect(shifted).toEqual([expect.closeTo(0.99, 9), 0, expect.closeTo(0.01, 9)]);
});

it('moves nothing for what the router rounded of a trial', () => {
  expect(shiftFromDead([0.989, 0.011], [4, 0], [400, 0], [0, 0.01])).toBeUndefined();
});
