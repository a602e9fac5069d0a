import type { Finding } from '../../model/decision';
import type { Unit } from '../../model/fleet';
import type { Pause } from '../../model/pause';
import { freshQuantity, whyUnknown } from '../../model/signals';
import { contestedMessage, isContested, writtenTo } from '../field-state';
import type { DesiredFleet, PolicyContext } from '../policies/policy';
import { scalerPauseOf } from '../scalers';
import { type GuardedField, held, left } from './guarded';
import { holdDownOf, MAX_GIVE_UP } from './hold-down';

// Profiles are measured, not exact: a target may lie a little above the breaking point.
const MAX_TARGET = 1.1;
const MIN_TARGET = 0.05;

/** The target of one unit: near its profile, lowered at once, raised by a bounded part of its pods. */
export const guardTarget = (context: PolicyContext, unit: Unit, desired: DesiredFleet, pause: Pause): GuardedField => {
  const subject = `${unit.name} target`;
  const proposal = desired.units[unit.name]?.targetThroughputPerMinute;
  const signal = context.units[unit.name]?.targetThroughputPerMinute;
  const live = freshQuantity(signal, context.nowSeconds);
  if (proposal === undefined) return left('no target is desired');
  if (live === undefined) return held('Unknown', subject, `present target: ${whyUnknown(signal, context.nowSeconds)}`);
  const written = writtenTo(context.memory, 'target', unit.name);
  if (isContested(written, live, context.fleet, context.nowSeconds)) return held('Contested', subject, contestedMessage(written, live));
  if (Number.isNaN(proposal.value)) return held('Rejected', subject, 'the desired target is not a number');
  const { throughputPerMinute } = unit.profile;
  const min = throughputPerMinute * MIN_TARGET;
  const value = fiveDigits(Math.max(min, Math.min(throughputPerMinute * MAX_TARGET, proposal.value)));
  const clamped: readonly Finding[] =
    value === fiveDigits(proposal.value)
      ? []
      : [
          {
            code: 'Clamped',
            subject,
            message: `${proposal.value}/min desired, ${value} set: near the profile's ${throughputPerMinute}`,
          },
        ];
  const hold = (code: Finding['code'], message: string): GuardedField => {
    const { decision, findings } = held(code, subject, message);
    return { decision, findings: [...clamped, ...findings] };
  };
  // A higher target is fewer pods.
  const follower = value === live ? undefined : scalerPauseOf(context, unit.name, value > live ? 'down' : 'up');
  if (follower !== undefined) return hold('Paused', `${value}/min desired, left at ${live}: ${follower}`);
  if (value < live && pause.up) return hold('Paused', `${value}/min desired, paused up at ${live}`);
  if (value > live && pause.down) return hold('Paused', `${value}/min desired, paused down at ${live}`);
  const holdDown = value > live ? holdDownOf(context, unit, 'target') : undefined;
  if (holdDown !== undefined) return hold(holdDown.code, `${value}/min desired, not raised from ${live}: ${holdDown.reason}`);
  const step = fiveDigits(Math.max(min, live / (1 - MAX_GIVE_UP)));
  if (value <= step) return { decision: { value, reason: proposal.reason }, findings: clamped };
  const message = `${value}/min desired, ${step} set: a tenth of the pods a minute`;
  return {
    decision: { value: step, reason: `${proposal.reason}; raised step by step` },
    findings: [...clamped, { code: 'Clamped', subject, message }],
  };
};

// Enough for any profile, and short enough to be read in a manifest.
const fiveDigits = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(5)) : value);
