import type { RandomStream } from '../../../../sim/kernel/random';
import { randomStreams } from '../../../../sim/kernel/random';
import type { Arrivals } from '../../../../sim/twin/traffic/arrivals';
import { Pods } from '../../../../sim/twin/traffic/pod-queues';
import { trafficOf, twin } from './traffic-setup';

const BATCHES = 20;
/** Student's t at 97.5 % for 19 degrees of freedom. */
const STUDENT_T = 2.093;

/** One pod with some servers under Poisson arrivals; mean service one second. */
export interface Station {
  readonly servers: number;
  readonly utilisation: number;
  readonly service: 'exponential' | 'deterministic';
  readonly requestsPerBatch: number;
}

export interface Estimate {
  readonly meanWaitSeconds: number;
  /** Half the width of the 95 % confidence interval by batch means. */
  readonly halfWidthSeconds: number;
}

/**
 * The clients, and a control variate that knows their luck.
 *
 * A queue at high utilisation forgets slowly, so its mean wait needs hundreds of millions of requests for 2 %. Most of its noise
 * is the martingale sum over requests of U (X - E X), where U is the work in the pod that a request finds and X the work it brings
 * less the work that can be done until the next one comes: U is decided before X is drawn, so its expectation is zero exactly.
 * U is computed here from the same draws by the recursion of Kiefer and Wolfowitz (1955), apart from the code under test,
 * and taken out of the estimate by regression (Asmussen and Glynn, "Stochastic Simulation", 2007, chapter V.2).
 */
class ControlledClients implements Arrivals {
  private currentSeconds = 0;
  private nextSeconds = 0;
  private readonly freeSeconds: Float64Array;
  private readonly meanGapSeconds: number;
  private readonly meanNet: number;
  private readonly meanNetSquare: number;
  control = 0;
  serviceSum = 0;
  readonly serviceStream: RandomStream;

  constructor(
    private readonly station: Station,
    private readonly arrivalStream: RandomStream,
    private readonly drawn: RandomStream,
  ) {
    this.freeSeconds = new Float64Array(station.servers);
    this.meanGapSeconds = 1 / (station.servers * station.utilisation);
    this.meanNet = 1 - 1 / station.utilisation;
    const serviceVariance = station.service === 'exponential' ? 1 : 0;
    this.meanNetSquare = serviceVariance + 1 / station.utilisation ** 2 + this.meanNet ** 2;
    this.serviceStream = { ...drawn, exponential: () => this.note(this.drawn.exponential()) };
  }

  next(): number {
    if (this.station.service === 'deterministic' && this.nextSeconds > 0) {
      // Deterministic service draws nothing: the request before is noted when the next one is drawn.
      const gap = this.arrivalStream.exponential() * this.meanGapSeconds;
      this.currentSeconds = this.nextSeconds;
      this.nextSeconds += gap;
      this.note(1);
      return this.nextSeconds;
    }
    this.currentSeconds = this.nextSeconds;
    this.nextSeconds += this.arrivalStream.exponential() * this.meanGapSeconds;
    return this.nextSeconds;
  }

  private note(serviceSeconds: number): number {
    const { freeSeconds, currentSeconds } = this;
    const { servers } = this.station;
    let work = 0;
    let first = 0;
    for (let server = 0; server < servers; server += 1) {
      const free = freeSeconds[server]!;
      if (free > currentSeconds) {
        work += free - currentSeconds;
      }
      if (free < freeSeconds[first]!) {
        first = server;
      }
    }
    const net = serviceSeconds - servers * (this.nextSeconds - currentSeconds);
    this.control += work * (net - this.meanNet) + (net * net - this.meanNetSquare) / 2;
    this.serviceSum += serviceSeconds;
    freeSeconds[first] = Math.max(currentSeconds, freeSeconds[first]!) + serviceSeconds;
    return serviceSeconds;
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const covariance = (ones: readonly number[], others: readonly number[]): number => {
  const [oneMean, otherMean] = [mean(ones), mean(others)];
  return ones.reduce((sum, one, index) => sum + (one - oneMean) * (others[index]! - otherMean), 0) / (ones.length - 1);
};

const halfWidth = (batchMeans: readonly number[]): number => STUDENT_T * Math.sqrt(covariance(batchMeans, batchMeans) / batchMeans.length);

/** Mean wait of the requests in the pod as the twin serves them. */
export const estimateMeanWait = (station: Station): Estimate => {
  const random = randomStreams(1);
  const clients = new ControlledClients(station, random('test/arrivals'), random('test/service'));
  const traffic = trafficOf({
    pods: [1],
    units: [{ name: 'station', servers: station.servers, serviceSeconds: 1 }],
    clients: { kind: 'open-loop', arrivals: clients },
    twin: { ...twin, service: station.service, requestTimeoutSeconds: 1e6 },
    random: (purpose) => (purpose === 'traffic/service' ? clients.serviceStream : random(purpose)),
  });
  const batchSeconds = station.requestsPerBatch / (station.servers * station.utilisation);
  const waits: number[] = [];
  const controls: number[] = [];
  let before = { latencySum: 0, answered: 0, control: 0, serviceSum: 0 };
  // The first batch only warms up.
  for (let batch = 0; batch <= BATCHES; batch += 1) {
    traffic.runUntil((batch + 1) * batchSeconds);
    const { answered } = traffic.totals;
    const latencySum = (traffic.summary().meanLatencySeconds ?? 0) * answered;
    const { control, serviceSum } = clients;
    if (batch > 0) {
      const requests = answered - before.answered;
      // The services drawn rather than their expectation: less noise. Those still in the pod at the ends of a batch are a handful.
      waits.push((latencySum - before.latencySum - (serviceSum - before.serviceSum)) / requests);
      controls.push((control - before.control) / requests);
    }
    before = { latencySum, answered, control, serviceSum };
  }
  const slope = covariance(waits, controls) / covariance(controls, controls);
  const estimates = waits.map((wait, index) => wait - slope * controls[index]!);
  return {
    meanWaitSeconds: mean(estimates),
    halfWidthSeconds: halfWidth(estimates),
  };
};

/**
 * The same of the pods' queue alone, without control variate: where hardly a request waits there is little to control, and only
 * tens of millions of requests bring the interval down.
 */
export const estimateMeanWaitOfQueue = ({ servers, utilisation, requestsPerBatch }: Omit<Station, 'service'>): Estimate => {
  const random = randomStreams(1);
  const arrivals = random('test/arrivals');
  const services = random('test/service');
  const pods = new Pods([{ name: 'station', servers, serviceSeconds: 1 }]);
  pods.add(1, 0);
  const place = pods.placeOf(1);
  const meanGapSeconds = 1 / (servers * utilisation);
  const waits: number[] = [];
  let nowSeconds = 0;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    let waitSum = 0;
    for (let request = 0; request < requestsPerBatch; request += 1) {
      nowSeconds += arrivals.exponential() * meanGapSeconds;
      const service = services.exponential();
      waitSum += pods.admit(place, nowSeconds, service) - nowSeconds - service;
    }
    waits.push(waitSum / requestsPerBatch);
  }
  return { meanWaitSeconds: mean(waits), halfWidthSeconds: halfWidth(waits) };
};
