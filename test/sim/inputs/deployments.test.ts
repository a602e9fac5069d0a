import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../../lambda/control-loop/errors';
import { toProblems } from '../../../lambda/control-loop/model/field-problem';
import { checkDeployments } from '../../../sim/inputs/deployment-checks';
import { type Deployment, unitsToCome } from '../../../sim/inputs/deployments';
import { steadyWorld } from '../worlds/steady';

type Deployments = readonly (Pick<Deployment, 'atSeconds'> & Partial<Deployment>)[];

const complete = (deployments: Deployments): Deployment[] =>
  deployments.map((one) => ({
    addUnits: [],
    removeUnits: [],
    promoteUnits: [],
    newImages: [],
    newNodes: [],
    removePools: [],
    madeAnew: [],
    ...one,
  }));

/** Units inf2, g5 and g6 for five hours. */
const { scenario } = steadyWorld({ furtherUnits: ['g6'], durationSeconds: 16_200 });

const problemsOf = (deployments: Deployments): string =>
  formatProblems(toProblems(checkDeployments({ ...scenario, deployments: complete(deployments) })));

describe('the deployments of a scenario', () => {
  it('may add, remove, rename and add again', () => {
    expect(
      problemsOf([
        { atSeconds: 600, addUnits: ['g6'] },
        { atSeconds: 1200, removeUnits: ['g6'], newImages: ['g5'] },
        { atSeconds: 1800, addUnits: ['g6'], removeUnits: ['inf2'] },
      ]),
    ).toBe('');
  });

  it.each<[string, Deployments, string]>([
    ['a name that no unit has', [{ atSeconds: 60, removeUnits: ['g7'] }], 'deployments[0].removeUnits[0]: given "g7"'],
    [
      'a unit added twice',
      [
        { atSeconds: 60, addUnits: ['g6'] },
        { atSeconds: 90, addUnits: ['g6'] },
      ],
      'deployments[1].addUnits[0]: given "g6"',
    ],
    [
      'a unit removed that is gone',
      [
        { atSeconds: 60, removeUnits: ['g6'] },
        { atSeconds: 90, removeUnits: ['g6'] },
      ],
      'deployments[1].removeUnits[0]',
    ],
    ['a unit renamed to itself', [{ atSeconds: 60, addUnits: ['g6'], removeUnits: ['g6'] }], 'deployments[0].removeUnits[0]: given "g6"'],
    [
      'an image for a unit that is to come',
      [
        { atSeconds: 60, newImages: ['g6'] },
        { atSeconds: 90, addUnits: ['g6'] },
      ],
      'deployments[0].newImages[0]: given "g6"',
    ],
    ['a pool removed that no fleet has', [{ atSeconds: 60, removePools: ['g7-spot'] }], 'deployments[0].removePools[0]: given "g7-spot"'],
    [
      'a pool removed twice',
      [
        { atSeconds: 60, removePools: ['g5-spot'] },
        { atSeconds: 90, removePools: ['g5-spot'] },
      ],
      'deployments[1].removePools[0]: given "g5-spot" (text), expected a pool that no deployment before has removed',
    ],
    [
      'no pool left for a unit',
      [{ atSeconds: 60, removePools: ['g5-spot', 'g5-od'] }],
      'deployments[0].removePools: given unit g5 without a pool',
    ],
    [
      'a scaler made anew that no unit has',
      [{ atSeconds: 60, madeAnew: [{ kind: 'ScaledObject', name: 'sd21-g7' }] }],
      'deployments[0].madeAnew[0].name: given "sd21-g7"',
    ],
    [
      'a listener rule made anew by another name than that of its fleet',
      [{ atSeconds: 60, madeAnew: [{ kind: 'ListenerRule', name: 'inf2' }] }],
      'deployments[0].madeAnew[0].name: given "inf2" (text), expected the name of a fleet with a listener rule: steady',
    ],
    ['nothing at all', [{ atSeconds: 60 }], 'deployments[0]: given a deployment that changes nothing'],
    [
      'times out of order',
      [
        { atSeconds: 60, newImages: ['g5'] },
        { atSeconds: 60, newImages: ['g5'] },
      ],
      'deployments[1].atSeconds: given 60',
    ],
    ['a time after the end', [{ atSeconds: 99_999, newImages: ['g5'] }], 'deployments[0].atSeconds: given 99999'],
    ['no unit left', [{ atSeconds: 60, removeUnits: ['inf2', 'g5', 'g6'] }], 'deployments[0]: given fleet steady without a unit'],
    ['no unit to begin with', [{ atSeconds: 60, addUnits: ['inf2', 'g5', 'g6'] }], 'deployments: given fleet steady without a unit'],
  ])('are refused where they hold %s', (_name, deployments, says) => {
    expect(problemsOf(deployments)).toContain(says);
  });

  it('begin without the units that they add, unless these were removed first', () => {
    const of = (deployments: Deployments) => unitsToCome(complete(deployments));
    expect([...of([{ atSeconds: 60, addUnits: ['g6'], removeUnits: ['inf2'] }])]).toEqual(['g6']);
    expect([
      ...of([
        { atSeconds: 60, removeUnits: ['g6'] },
        { atSeconds: 90, addUnits: ['g6'] },
      ]),
    ]).toEqual([]);
  });
});
