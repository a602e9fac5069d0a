import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import * as der from './der';

interface Certificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface Authority extends Certificate {
  /** A certificate for a server of these names and addresses, or for a client of this user name and groups. */
  issue(subject: { readonly commonName: string; readonly groups?: readonly string[]; readonly hosts?: readonly string[] }): Certificate;
}

const ECDSA_WITH_SHA256 = der.sequence(der.objectId('1.2.840.10045.4.3.2'));
const DAY_MILLISECONDS = 86_400_000;

/** An authority of its own, for one test bed. */
export const createAuthority = (commonName: string): Authority => {
  const keys = newKeys();
  const name = distinguishedName(commonName);
  const certificatePem = certificate({
    subject: name,
    issuer: name,
    publicKey: keys.publicKey,
    signer: keys.privateKey,
    extensions: [
      extension('2.5.29.19', true, der.sequence(der.boolean(true))), // basic constraints: an authority
      extension('2.5.29.15', true, der.bits(Buffer.from([0x06]), 1)), // key usage: signs certificates and revocations
    ],
  });
  return {
    certificatePem,
    keyPem: privateKeyPem(keys.privateKey),
    issue: ({ commonName: subject, groups = [], hosts = [] }) => {
      const own = newKeys();
      return {
        keyPem: privateKeyPem(own.privateKey),
        certificatePem: certificate({
          subject: distinguishedName(subject, groups),
          issuer: name,
          publicKey: own.publicKey,
          signer: keys.privateKey,
          extensions: [
            // Extended key usage: server and client authentication.
            extension('2.5.29.37', false, der.sequence(der.objectId('1.3.6.1.5.5.7.3.1'), der.objectId('1.3.6.1.5.5.7.3.2'))),
            ...(hosts.length > 0 ? [extension('2.5.29.17', false, der.sequence(...hosts.map(alternativeName)))] : []),
          ],
        }),
      };
    },
  };
};

/** A key with which service account tokens are signed. */
export const signingKeyPem = (): string => privateKeyPem(newKeys().privateKey);

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

const privateKeyPem = (key: KeyObject): string => String(key.export({ type: 'sec1', format: 'pem' }));

const attribute = (id: string, value: string): der.Der => der.set(der.sequence(der.objectId(id), der.text(value)));

const distinguishedName = (commonName: string, groups: readonly string[] = []): der.Der =>
  der.sequence(...groups.map((group) => attribute('2.5.4.10', group)), attribute('2.5.4.3', commonName));

const extension = (id: string, critical: boolean, value: der.Der): der.Der =>
  der.sequence(der.objectId(id), ...(critical ? [der.boolean(true)] : []), der.octets(value));

const alternativeName = (host: string): der.Der =>
  isIPv4(host) ? der.implicit(7, Buffer.from(host.split('.').map(Number))) : der.implicit(2, Buffer.from(host, 'ascii'));

const certificate = (input: {
  readonly subject: der.Der;
  readonly issuer: der.Der;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly der.Der[];
}): string => {
  const serial = randomBytes(12);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const now = Date.now();
  const content = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))), // version 3
    der.integer(serial),
    ECDSA_WITH_SHA256,
    input.issuer,
    der.sequence(der.utcTime(new Date(now - DAY_MILLISECONDS)), der.utcTime(new Date(now + 365 * DAY_MILLISECONDS))),
    input.subject,
    input.publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(...input.extensions)),
  );
  return der.pem('CERTIFICATE', der.sequence(content, ECDSA_WITH_SHA256, der.bits(sign('sha256', content, input.signer))));
};
