import type { Profile } from './fleet';
import type { ShownProfile } from './last-decision';
import type { LearnedProfile } from './learned-profile';
import { rfc3339 } from './times';

/** What status and records show of a learned profile: it beside the stated one, without what learning remembers. */
export const shownProfile = ({ stated, partedSinceSeconds, slowSinceSeconds, ...learned }: LearnedProfile): ShownProfile => ({
  stated: profileOf(stated),
  learned: profileOf(learned),
  ...(partedSinceSeconds !== undefined && { partedSince: rfc3339(Math.round(partedSinceSeconds)) }),
  ...(slowSinceSeconds !== undefined && { slowSince: rfc3339(Math.round(slowSinceSeconds)) }),
});

const profileOf = ({ throughputPerMinute, latencySeconds, coldStartSeconds }: Profile): Profile => ({
  throughputPerMinute: rounded(throughputPerMinute),
  latencySeconds: rounded(latencySeconds),
  coldStartSeconds: rounded(coldStartSeconds),
});

/** As exact as anything is known of a profile. */
const rounded = (value: number): number => Number(value.toPrecision(4));
