import { run } from '../../../sim/run';
import { wrongProfiles } from './wrong-profiles';

/** Prints what a policy makes of fleets whose reality is not what they state: `npx tsx test/sim/worlds/print.ts [policy] [seed]`. */
const main = async ([policy = 'two-mode', seed = '1']: readonly string[]): Promise<void> => {
  for (const [name, scenario] of Object.entries(wrongProfiles)) {
    const { summary } = await run({ scenario: scenario(), policy, seed: Number(seed) });
    const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;
    const { p99 } = summary.latencySeconds;
    process.stdout.write(
      `${name}: ${percent(summary.attainment)} in objective, worst five minutes ${percent(summary.worstFiveMinutesAttainment)}, ` +
        `p99 ${p99} s, ${summary.failed} failed, $${summary.costUsd}\n`,
    );
  }
};

void main(process.argv.slice(2));
