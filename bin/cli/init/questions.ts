import type { FleetSpecInput } from '../../../lambda/control-loop/api';
import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';
import { numberOf } from '../../../sim/inputs/csv-rows';
import type { NamedFleet } from '../../../sim/inputs/new-scenario';
import type { Io } from '../text/io';

/** The smallest instance of an accelerator that is often used. Prices are those of the constructs' catalogue. */
interface SmallInstance {
  readonly instanceType: string;
  readonly priceUsdPerHour: number;
  readonly deviceResource: string;
}

const NVIDIA = 'nvidia.com/gpu';
const NEURON = 'aws.amazon.com/neuron';

export const smallInstances: Readonly<Record<string, SmallInstance>> = {
  INFERENTIA2: { instanceType: 'inf2.xlarge', priceUsdPerHour: 0.7582, deviceResource: NEURON },
  TRAINIUM1: { instanceType: 'trn1.2xlarge', priceUsdPerHour: 1.34375, deviceResource: NEURON },
  A10G: { instanceType: 'g5.xlarge', priceUsdPerHour: 1.006, deviceResource: NVIDIA },
  L4: { instanceType: 'g6.xlarge', priceUsdPerHour: 0.8048, deviceResource: NVIDIA },
  L40S: { instanceType: 'g6e.xlarge', priceUsdPerHour: 1.861, deviceResource: NVIDIA },
};

const MAXIMUM_DEVICES = 32;
const ROUTER = 'my-fleet';

type Ask = NonNullable<Io['ask']>;

/** A fleet from a handful of answers, and its highest load. A question is asked again until its answer can be used. */
export const askForFleet = async (ask: Ask): Promise<{ readonly fleet: NamedFleet; readonly highestPerMinute: number }> => {
  const known = Object.keys(smallInstances);
  const accelerators = await answer(ask, `Accelerators, separated by commas: ${known.join(', ')}`, 'INFERENTIA2,A10G', (text) => {
    const names = [
      ...new Set(
        text
          .toUpperCase()
          .split(/[\s,]+/)
          .filter((name) => name !== ''),
      ),
    ];
    const strange = names.find((name) => !known.includes(name));
    if (strange !== undefined) return { ok: false, problem: `${strange} is not among them${hintOf(didYouMean(strange, known))}` };
    return names.length === 0 ? { ok: false, problem: 'at least one' } : { ok: true, value: names };
  });
  const units: FleetSpecInput['units'] = [];
  for (const accelerator of accelerators) {
    const name = accelerator.toLowerCase();
    const throughputPerMinute = await positive(ask, `Requests a minute that one pod on ${accelerator} sustains`, '60');
    const latencySeconds = await positive(ask, `Latency of a request then, in seconds`, '1');
    const coldStartMinutes = await positive(ask, `Minutes from asking for a pod on a new node to its first answer`, '8');
    units.push({
      name,
      accelerator,
      deployment: name,
      scaler: { kind: 'ScaledObject', name },
      pools: [`${name}-spot`, `${name}-on-demand`],
      profile: { throughputPerMinute, latencySeconds, coldStartSeconds: Math.round(coldStartMinutes * 60) },
      targetGroupArn: name,
      maximumReplicas: MAXIMUM_DEVICES,
    });
  }
  const slowest = Math.max(...units.map(({ profile }) => profile.latencySeconds));
  const latencySeconds = await positive(ask, 'Latency within which requests should be answered, in seconds', String(2 * slowest), slowest);
  const highestPerMinute = await positive(
    ask,
    'Highest load of a day, in requests a minute',
    String(10 * units[0]!.profile.throughputPerMinute),
  );
  return {
    fleet: {
      name: 'my-fleet',
      spec: { objective: { latencySeconds }, router: { listenerRuleArn: ROUTER }, units, pools: accelerators.flatMap(poolsOf) },
    },
    highestPerMinute,
  };
};

const poolsOf = (accelerator: string): FleetSpecInput['pools'] => {
  const { instanceType, priceUsdPerHour, deviceResource } = smallInstances[accelerator]!;
  return (['spot', 'on-demand'] as const).map((capacityType) => ({
    name: `${accelerator.toLowerCase()}-${capacityType}`,
    accelerator,
    capacityType,
    deviceResource,
    instanceTypes: [{ name: instanceType, devices: 1, priceUsdPerHour }],
    maximumDevices: MAXIMUM_DEVICES,
  }));
};

/** What an answer states, or what is wrong with it. */
type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

const answer = async <T>(ask: Ask, question: string, fallback: string, read: (text: string) => Answer<T>): Promise<T> => {
  let problem = '';
  for (;;) {
    const text = (await ask(`${problem}${question} [${fallback}]: `)).trim();
    const found = read(text === '' ? fallback : text);
    if (found.ok) return found.value;
    problem = `${found.problem}\n`;
  }
};

const positive = (ask: Ask, question: string, fallback: string, minimum = 0): Promise<number> =>
  answer(ask, question, fallback, (text) => {
    const value = numberOf(text);
    if (value === undefined || value <= 0 || value < minimum)
      return { ok: false, problem: minimum === 0 ? 'a number above 0' : `a number, at least ${minimum}` };
    return { ok: true, value };
  });

const hintOf = (hint: string | undefined): string => (hint === undefined ? '' : `; ${hint}`);
