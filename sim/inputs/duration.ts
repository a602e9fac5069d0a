import type { Scenario } from './scenario';

type Reality = Scenario['reality'];

/**
 * The scenario with another length. What begins after its end is left out, and a note says what. A longer one goes on: curves, the last
 * rate of a file and the last capacity hold.
 */
export const lasting = (scenario: Scenario, durationSeconds?: number): { readonly scenario: Scenario; readonly note?: string } => {
  if (durationSeconds === undefined || durationSeconds === scenario.durationSeconds) return { scenario };
  let cut = 0;
  const begun = <T>(entries: readonly T[], secondsOf: (entry: T) => number): T[] => {
    const kept = entries.filter((entry) => secondsOf(entry) < durationSeconds);
    cut += entries.length - kept.length;
    return kept;
  };
  const { availability, spotPrices, deployments, reality } = scenario;
  const shorter: Scenario = {
    ...scenario,
    durationSeconds,
    availability: {
      ...availability,
      ...(availability.rows === undefined ? {} : { rows: begun(availability.rows, ({ timestampSeconds }) => timestampSeconds) }),
    },
    ...(spotPrices === undefined ? {} : { spotPrices: begun(spotPrices, ({ timestampSeconds }) => timestampSeconds) }),
    deployments: begun(deployments, ({ atSeconds }) => atSeconds),
    reality: Object.fromEntries(
      Object.entries(reality).map(([list, entries]) => [
        list,
        begun(entries as readonly { fromSeconds: number }[], (entry) => entry.fromSeconds),
      ]),
    ) as unknown as Reality,
  };
  const left = cut === 0 ? '' : `; ${cut} ${cut === 1 ? 'entry' : 'entries'} of the scenario after its end left out`;
  return { scenario: shorter, note: `lasts ${durationSeconds} s in place of ${scenario.durationSeconds} s${left}` };
};
