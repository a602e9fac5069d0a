import type { RandomStream } from '../../kernel/random';

/** Names and instants as Kubernetes writes them. */

/** The alphabet of generated names: no vowels and no digits that look like letters (k8s.io/apimachinery `util/rand`). */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters, as the API server appends to a `generateName`. */
export const nameSuffix = (random: RandomStream): string => {
  let suffix = '';
  for (let index = 0; index < 5; index += 1) suffix += ALPHABET.charAt(Math.floor(random.uniform() * ALPHABET.length));
  return suffix;
};

/** RFC 3339 in whole seconds, the precision of `metav1.Time`. */
export const rfc3339 = (epochSeconds: number): string => `${new Date(Math.floor(epochSeconds) * 1000).toISOString().slice(0, 19)}Z`;
