import type { LoadedScenario } from '../../../sim/inputs/loaded-scenario';
import { steadyWorld } from './steady';

const bothUnits = (serviceTimeFactor: number) => ['inf2', 'g5'].map((unit) => ({ unit, serviceTimeFactor }));

/** Fleets whose pods are slower than their profiles state, by what is slower. */
export const wrongProfiles: Readonly<Record<string, () => LoadedScenario>> = {
  'as stated, resilience 0': () => steadyWorld({ resilience: 0 }),
  'both units 1.4 times as slow, resilience 0': () => steadyWorld({ resilience: 0, reality: { performance: bothUnits(1.4) } }),
  'both units 1.6 times as slow, resilience 0': () => steadyWorld({ resilience: 0, reality: { performance: bothUnits(1.6) } }),
  'both units twice as slow, resilience 1': () => steadyWorld({ reality: { performance: bothUnits(2) } }),
  'inf2 three times as slow, resilience 1': () => steadyWorld({ reality: { performance: [{ unit: 'inf2', serviceTimeFactor: 3 }] } }),
};
