import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Seeded randomness. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Exponential with mean 1. */
  exponential(): number;
  /** Standard normal. */
  normal(): number;
  /** Log-normal with the given mean and coefficient of variation. */
  logNormal(mean: number, coefficientOfVariation: number): number;
  /** Gamma with the given shape and mean 1. */
  gamma(shape: number): number;
}

/** One independent stream for each purpose, so that policies compared on one seed meet the same arrivals and faults. */
export type RandomStreams = (purpose: string) => RandomStream;

/**
 * One 32-bit word of a stream's state: FNV-1a over the UTF-16 code units of the text (two bytes each, low byte first),
 * begun with `word` in place of the usual offset basis XORed in, then the 32-bit finalizer of MurmurHash3,
 * which spreads every bit of the text over the whole word.
 */
const hashWord = (text: string, word: number): number => {
  let hash = 0x811c9dc5 ^ Math.imul(word, 0x9e3779b9);
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
};

/** The 128 bits of state of the stream for one seed and purpose: four `hashWord`s of `<seed>/<purpose>`. */
const streamState = (seed: number, purpose: string): readonly number[] => {
  const text = `${seed}/${purpose}`;
  const state = [hashWord(text, 1), hashWord(text, 2), hashWord(text, 3), hashWord(text, 4)];
  // All zeros is the one state that xoroshiro never leaves.
  return state.every((word) => word === 0) ? [1, 2, 3, 4] : state;
};

const TWO_TO_MINUS_53 = 1 / 9007199254740992;

/** Distributions over one xoroshiro128+ generator, of nothing but +, *, exp, log and sqrt: the same bytes on every V8. */
class XoroshiroStream implements RandomStream {
  private spareNormal = Number.NaN;

  constructor(private readonly generator: RandomGenerator) {}

  uniform(): number {
    // The upper bits of each word: the lowest bits of xoroshiro128+ are its weak ones.
    const upper = this.generator.next() >>> 5;
    const lower = this.generator.next() >>> 6;
    return (upper * 67108864 + lower) * TWO_TO_MINUS_53;
  }

  exponential(): number {
    return -Math.log(1 - this.uniform());
  }

  /** Marsaglia's polar method: it needs no sine, and gives two values at a time. */
  normal(): number {
    const spare = this.spareNormal;
    if (!Number.isNaN(spare)) {
      this.spareNormal = Number.NaN;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square < 1 && square > 0) {
        const factor = Math.sqrt((-2 * Math.log(square)) / square);
        this.spareNormal = y * factor;
        return x * factor;
      }
    }
  }

  logNormal(mean: number, coefficientOfVariation: number): number {
    const variance = Math.log(1 + coefficientOfVariation * coefficientOfVariation);
    return mean * Math.exp(Math.sqrt(variance) * this.normal() - variance / 2);
  }

  /** Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000; below shape 1 by their section 6. */
  gamma(shape: number): number {
    if (!(shape > 0)) throw new RangeError(`A gamma distribution was given the shape ${shape}, expected more than 0.`);
    if (shape < 1) {
      const boost = Math.exp(Math.log(1 - this.uniform()) / shape);
      return (this.gamma(shape + 1) * (shape + 1) * boost) / shape;
    }
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const root = 1 + c * x;
      if (root > 0) {
        const v = root * root * root;
        if (Math.log(1 - this.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return (d * v) / shape;
      }
    }
  }
}

/** Streams for one seed. The same seed and purpose give the same stream, begun again at each call; other purposes do not disturb it. */
export const randomStreams =
  (seed: number): RandomStreams =>
  (purpose) =>
    new XoroshiroStream(xoroshiro128plusFromState(streamState(seed, purpose)));
