import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import { addShortageEvent, chatWorld, NOW_SECONDS, rfc3339 } from '../../support/fake-world';

/** A tick in a world whose API server is ahead by this much, ten seconds after EC2 refused g5-spot a launch. */
const withOffset = async (offsetSeconds: number, writers = 1): Promise<TickRecord> => {
  const fake = chatWorld();
  const chat = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
  const lastTickSeconds = NOW_SECONDS - 60;
  const managedFields = Array.from({ length: writers }, (_, index) => ({
    manager: `writer-${index}`,
    subresource: 'status',
    time: rfc3339(lastTickSeconds + 2 + offsetSeconds),
  }));
  fake.kubernetes.put(resources.inferenceFleets, {
    ...chat,
    metadata: { ...chat.metadata, managedFields },
    status: { lastTickTime: rfc3339(lastTickSeconds) },
  });
  addShortageEvent(fake, 'g5-spot-abcde', 'no capacity', { lastTimestamp: rfc3339(NOW_SECONDS - 10 + offsetSeconds) });
  return tick(fake.ports, { deadlineSeconds: NOW_SECONDS + 50, trigger: 'test', caches: createTickCaches() });
};

const clockFindings = ({ decision }: TickRecord) => decision.fleets[0]!.findings.filter(({ code }) => code === 'Clock');
const shortPools = ({ decision }: TickRecord) => decision.fleets[0]!.memory.shortages.map(({ pool }) => pool);

describe('a clock of the API server that differs from the loop’s by minutes', () => {
  it.each([
    [-400, 'the clock of Kubernetes is 398 s behind the loop’s; its times are corrected by that'],
    [3600, 'the clock of Kubernetes is 3602 s ahead of the loop’s; its times are corrected by that'],
  ])('is noticed, and not believed: %i s', async (offset, message) => {
    const record = await withOffset(offset);
    expect(clockFindings(record)).toEqual([{ code: 'Clock', subject: 'chat', message: message.replaceAll('’', "'") }]);
    // Of 400 seconds of age a refusal would be too old to begin a shortage, and one from the future would not end for an hour.
    expect(shortPools(record)).toEqual(['g5-spot']);
    const { lastFailureSeconds } = record.decision.fleets[0]!.memory.shortages[0]!;
    expect(Math.abs(lastFailureSeconds - (NOW_SECONDS - 10))).toBeLessThanOrEqual(2);
  });

  it('is nothing to say of where it is the time that a status needs to be written', async () => {
    expect(clockFindings(await withOffset(30))).toEqual([]);
  });

  it('cannot be told where others write the status too', async () => {
    expect(clockFindings(await withOffset(-400, 2))).toEqual([]);
  });
});
