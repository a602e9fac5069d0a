import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../sim/kernel/emitter';

type Events = { launched: [pool: string, devices: number]; refused: [pool: string] };

describe('An emitter', () => {
  it('calls every listener of an event, in the order in which they were added', () => {
    const events = new Emitter<Events>();
    const heard: string[] = [];
    events.on('launched', (pool, devices) => heard.push(`first ${pool} ${devices}`));
    events.on('launched', (pool) => heard.push(`second ${pool}`));
    events.on('refused', (pool) => heard.push(`refused ${pool}`));
    events.emit('launched', 'g5-spot', 4);
    expect(heard).toEqual(['first g5-spot 4', 'second g5-spot']);
  });

  it('without listeners calls nobody', () => {
    expect(() => new Emitter<Events>().emit('refused', 'g5-spot')).not.toThrow();
  });
});
