import { benchBundle } from './bundle';
import { benchRequests } from './requests';
import { benchScenario } from './scenario';
import { benchSynth } from './synth';
import { benchTick } from './tick';

/** Speed and size, each beside its goal and as a ratio to a baseline measured in the same run. Not part of the tests. */
const main = async (): Promise<void> => {
  const print = (line: string): void => console.log(line);
  await benchScenario(print);
  await benchRequests(print);
  await benchTick(print);
  await benchSynth(print);
  for (const line of (await benchBundle()).lines) print(line);
};

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
