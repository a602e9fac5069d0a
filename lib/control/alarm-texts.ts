import type { IInferenceFleet } from './inference-fleet';

/** Headings in the guide to operating that tell more of an alarm. */
export const ALARM_SECTIONS = {
  silentLoop: 'Silent loop',
  missedObjective: 'Missed objective',
  contestedField: 'Contested field',
  longShortage: 'Long shortage',
} as const;

/** What a person reads whom the alarm woke: what it means, what to do first, where there is more. */
export function alarmDescription({ namespace, fleetName }: IInferenceFleet, section: string, meaning: string, firstStep: string): string {
  return `${section}, fleet ${namespace}/${fleetName}. ${meaning} ${firstStep} More: docs/operating.md, section "${section}".`;
}
