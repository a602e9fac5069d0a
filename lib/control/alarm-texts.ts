import type { IInferenceFleet } from './inference-fleet';

/** Sections of docs/operating.md that explain the alarms. */
export const ALARM_SECTIONS = {
  silentLoop: 'Silent loop',
  missedObjective: 'Missed objective',
  contestedField: 'Contested field',
  failedWrites: 'Failed writes',
  longShortage: 'Long shortage',
  partedProfile: 'Parted profile',
} as const;

/** The description of an alarm: what it means, what to do first, and where to read more. */
export function alarmDescription({ namespace, fleetName }: IInferenceFleet, section: string, meaning: string, firstStep: string): string {
  return `${section}, fleet ${namespace}/${fleetName}. ${meaning} ${firstStep} More: docs/operating.md, section "${section}".`;
}
