import type { FleetSummary, Summary } from './result';

/** Whether the policy met its goal: each fleet had at least the attainment asked for. */
export const holdsObjective = (summary: Pick<Summary, 'attainment' | 'objective' | 'fleets'>): boolean =>
  Object.values<Pick<FleetSummary, 'attainment' | 'objective'>>(summary.fleets ?? { only: summary }).every(
    ({ attainment, objective }) => attainment >= objective.attainment,
  );
