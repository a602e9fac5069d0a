/** The part of CBOR (RFC 8949) that Smithy's RPC v2 protocol uses. */

/** A time, tag 1: seconds since the epoch. */
export class Timestamp {
  constructor(readonly seconds: number) {}
}

const head = (major: number, value: number): Buffer => {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  const size = value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x100000000 ? 4 : 8;
  const bytes = Buffer.alloc(1 + size);
  bytes[0] = (major << 5) | { 1: 24, 2: 25, 4: 26, 8: 27 }[size as 1 | 2 | 4 | 8];
  if (size === 8) bytes.writeBigUInt64BE(BigInt(value), 1);
  else bytes.writeUIntBE(value, 1, size);
  return bytes;
};

export const encodeCbor = (value: unknown): Buffer => {
  if (value === null || value === undefined) return Buffer.from([0xf6]);
  if (value === false) return Buffer.from([0xf4]);
  if (value === true) return Buffer.from([0xf5]);
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value >= 0 ? head(0, value) : head(1, -1 - value);
    const bytes = Buffer.alloc(9);
    bytes[0] = 0xfb;
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    return Buffer.concat([head(3, bytes.length), bytes]);
  }
  if (value instanceof Timestamp) return Buffer.concat([head(6, 1), encodeCbor(value.seconds)]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(encodeCbor)]);
  const entries = Object.entries(value).filter(([, content]) => content !== undefined);
  return Buffer.concat([head(5, entries.length), ...entries.flatMap(([name, content]) => [encodeCbor(name), encodeCbor(content)])]);
};

/** Times become numbers: seconds since the epoch. */
export const decodeCbor = (bytes: Buffer): unknown => {
  let position = 0;
  const take = (size: number): Buffer => {
    position += size;
    return bytes.subarray(position - size, position);
  };
  const length = (info: number): number => {
    if (info < 24) return info;
    if (info === 27) return Number(take(8).readBigUInt64BE());
    const size = info === 24 ? 1 : info === 25 ? 2 : 4;
    return take(size).readUIntBE(0, size);
  };
  const BREAK = Symbol('break');
  const items = (info: number, count: number): unknown[] => {
    const list: unknown[] = [];
    for (let index = 0; info === 31 || index < count; index += 1) {
      const item = read();
      if (item === BREAK) break;
      list.push(item);
    }
    return list;
  };
  const read = (): unknown => {
    const first = take(1)[0] ?? 0;
    const major = first >> 5;
    const info = first & 31;
    if (major === 7) return simple(info);
    if (info === 31) return major === 4 ? items(info, 0) : major === 5 ? pairs(items(info, 0)) : items(info, 0).join('');
    const value = length(info);
    switch (major) {
      case 0:
        return value;
      case 1:
        return -1 - value;
      case 2:
        return take(value);
      case 3:
        return take(value).toString('utf8');
      case 4:
        return items(info, value);
      case 5:
        return pairs(items(info, value * 2));
      default:
        return read(); // a tag: only times are tagged, and they are numbers
    }
  };
  const simple = (info: number): unknown => {
    if (info === 31) return BREAK;
    if (info === 27) return take(8).readDoubleBE();
    if (info === 26) return take(4).readFloatBE();
    return info === 21 ? true : info === 20 ? false : undefined;
  };
  return read();
};

const pairs = (flat: readonly unknown[]): Record<string, unknown> => {
  const object: Record<string, unknown> = {};
  for (let index = 0; index + 1 < flat.length; index += 2) object[String(flat[index])] = flat[index + 1];
  return object;
};
