import type { FleetMemory } from './decision';
import { rfc3339 } from './times';
import { givenBack } from './written';

/** Fields that an operator wants the loop to take as it finds them, or all. */
export type AdoptedFields = 'all' | readonly string[];

const ADOPT = /^(\S+) at \S+$/;

/** The value of the `adopt` annotation. Its time makes every request a new one; nothing compares it with a clock. */
export const adoptText = (fields: AdoptedFields, atSeconds: number): string =>
  `${fields === 'all' ? fields : fields.join(',')} at ${rfc3339(Math.round(atSeconds))}`;

/** Reads the `adopt` annotation; `undefined` where it cannot be read: whoever wrote it may have meant fewer fields. */
const readAdoption = (text: string): AdoptedFields | undefined => {
  const [, fields] = ADOPT.exec(text) ?? [];
  if (fields === undefined) return undefined;
  return fields === 'all' ? fields : fields.split(',');
};

/** The memory once the annotation is heeded: the loop no longer knows that it wrote those fields. Each value of it is heeded once. */
export const withAdoption = (memory: FleetMemory, text: string | undefined): FleetMemory => {
  if (text === undefined || text === memory.adopted) return memory;
  const fields = readAdoption(text);
  if (fields === undefined) return memory;
  return { ...givenBack(memory, (field) => fields === 'all' || fields.includes(field)), adopted: text };
};
