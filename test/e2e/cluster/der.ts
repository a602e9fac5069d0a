/** Just enough of ASN.1's distinguished encoding rules (ITU-T X.690) to write certificates. */

export type Der = Buffer;

const encodeLength = (length: number): Buffer => {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
};

const tagged = (tag: number, content: Buffer): Der => Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content]);

export const sequence = (...parts: readonly Der[]): Der => tagged(0x30, Buffer.concat(parts));
export const set = (...parts: readonly Der[]): Der => tagged(0x31, Buffer.concat(parts));
export const octets = (content: Buffer): Der => tagged(0x04, content);
export const bits = (content: Buffer, unused = 0): Der => tagged(0x03, Buffer.concat([Buffer.from([unused]), content]));
export const text = (value: string): Der => tagged(0x0c, Buffer.from(value, 'utf8'));
export const boolean = (value: boolean): Der => tagged(0x01, Buffer.from([value ? 0xff : 0]));

/** A field with a number of its own: `[number]`, either around an encoded value or in place of its tag. */
export const explicit = (number: number, content: Der): Der => tagged(0xa0 | number, content);
export const implicit = (number: number, content: Buffer): Der => tagged(0x80 | number, content);

/** A positive integer from its bytes. */
export const integer = (bytes: Buffer): Der => tagged(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);

/** An object identifier such as `2.5.4.3`. */
export const objectId = (dotted: string): Der => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const content = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    content.push(...groups);
  }
  return tagged(0x06, Buffer.from(content));
};

/** A time of the years 1950 to 2049. */
export const utcTime = (date: Date): Der =>
  tagged(
    0x17,
    Buffer.from(
      `${date
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  );

export const pem = (label: string, content: Der): string =>
  `-----BEGIN ${label}-----\n${(content.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;
