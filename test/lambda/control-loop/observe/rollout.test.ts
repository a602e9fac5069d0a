import { describe, expect, it } from 'vitest';
import { known } from '../../../../lambda/control-loop/model/observation';
import { readSurgePods } from '../../../../lambda/control-loop/observe/rollout';

const surgeOf = (
  status: Readonly<Record<string, unknown>>,
  strategy: Readonly<Record<string, unknown>> | undefined = { rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
  replicas: unknown = 10,
) => readSurgePods({ metadata: { name: 'chat-g5', namespace: 'default' }, spec: { replicas, strategy }, status }, 7);

const rolling = { replicas: 12, updatedReplicas: 4 };

describe('the surge of a rollout', () => {
  it('is none while every pod is of the present template', () => {
    expect(surgeOf({ replicas: 10, updatedReplicas: 10 })).toEqual(known(0, 7));
    expect(surgeOf({})).toEqual(known(0, 7));
  });

  it('is a number of pods, or a part of the replicas, rounded up', () => {
    expect(surgeOf(rolling)).toEqual(known(3, 7));
    expect(surgeOf(rolling, { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } })).toEqual(known(2, 7));
    expect(surgeOf({ replicas: 10 })).toEqual(known(3, 7));
  });

  it('is none where old pods go first', () => {
    expect(surgeOf(rolling, { type: 'Recreate' })).toEqual(known(0, 7));
    expect(surgeOf(rolling, { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } })).toEqual(known(0, 7));
    // What is left out is a quarter: two of ten may be unavailable, and none of three.
    expect(surgeOf(rolling, {})).toEqual(known(0, 7));
    expect(surgeOf(rolling, {}, 3)).toEqual(known(1, 7));
  });

  it('is unknown where the replicas are no numbers', () => {
    expect(surgeOf({ replicas: 'many', updatedReplicas: 1 })).toMatchObject({ known: false });
  });
});
