import { request } from 'node:http';
import { parseXml, type XmlNode } from './xml';

/** The place that the test bed plays. */
export const REGION = 'us-west-2';
export const ACCOUNT = '123456789012';
export const ZONES = ['us-west-2a', 'us-west-2b', 'us-west-2c'] as const;

const VERSIONS: Readonly<Record<string, string>> = {
  ec2: '2016-11-15',
  iam: '2010-05-08',
  sqs: '2012-11-05',
  elasticloadbalancing: '2015-12-01',
};

/** Calls moto itself, past the proxy: as AWS does what no user asked for. */
export type MotoClient = (service: string, action: string, parameters?: Readonly<Record<string, string>>) => Promise<XmlNode>;

export const createMotoClient =
  (port: number): MotoClient =>
  async (service, action, parameters = {}) => {
    const form = new URLSearchParams({ Action: action, Version: VERSIONS[service] ?? '', ...parameters }).toString();
    const { status, body } = await post(
      port,
      form,
      `AWS4-HMAC-SHA256 Credential=BED/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    );
    if (status !== 200) throw new Error(`moto: ${service} ${action} answered ${status}: ${body.slice(0, 500)}`);
    return parseXml(body);
  };

const post = (port: number, form: string, authorization: string): Promise<{ readonly status: number; readonly body: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/',
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
      },
    );
    sent.on('error', reject);
    sent.end(form);
  });
