import { loadScenario } from '../../sim/inputs/load-scenario';
import { run } from '../../sim/run';

/** Three paper days with the whole loop on one core; the baseline is the same run without a policy that acts. Goal: 10 s. */
export const benchScenario = async (print: (line: string) => void): Promise<void> => {
  const scenario = loadScenario('paper-c-inf2-loss', process.cwd(), {});
  const cpuSeconds = async (policy: string): Promise<{ seconds: number; requests: number }> => {
    const before = process.cpuUsage();
    const { summary } = await run({ scenario, policy, seed: 1 });
    const { user, system } = process.cpuUsage(before);
    return { seconds: (user + system) / 1e6, requests: summary.requests };
  };
  const baseline = await cpuSeconds('static');
  const measured = await cpuSeconds('two-mode');
  print(
    `three paper days: ${measured.seconds.toFixed(1)} s of CPU for ${measured.requests} requests with two-mode (goal 10 s), ${(measured.seconds / baseline.seconds).toFixed(2)} x static in the same run (${baseline.seconds.toFixed(1)} s)`,
  );
};
