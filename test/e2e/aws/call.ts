import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { decodeCbor, encodeCbor } from './cbor';
import { renderXml, type XmlValue } from './xml';

/** How a service speaks: form in and XML out (EC2 has a dialect), JSON both ways, REST with JSON, or CBOR both ways. */
type Protocol = 'ec2' | 'query' | 'json' | 'rest' | 'cbor';

/** One call of an AWS API, as it came over the wire. */
export interface AwsCall {
  /** As the signature names it: `ec2`, `sqs`, `eks`, ... */
  readonly service: string;
  /** For example `CreateFleet`; for REST the method and the path. */
  readonly action: string;
  readonly protocol: Protocol;
  /** The access key that signed it. */
  readonly accessKey: string;
  /** The input: nested, with lists as arrays. */
  readonly input: Input;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

// biome-ignore lint/suspicious/noExplicitAny: the shape belongs to the action
export type Input = Readonly<Record<string, any>>;

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** An error that a service answers. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

export const readCall = (method: string, path: string, headers: IncomingHttpHeaders, body: Buffer): AwsCall => {
  const credential = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '');
  const accessKey = credential?.[1] ?? '';
  const service = credential?.[2] ?? '';
  const common = { service, accessKey, method, path, headers, body };
  const target = headers['x-amz-target'];
  const operation = /^\/service\/\w+\/operation\/(\w+)/.exec(path)?.[1];
  if (operation !== undefined) {
    return { ...common, action: operation, protocol: 'cbor', input: body.length > 0 ? (decodeCbor(body) as Input) : {} };
  }
  if (typeof target === 'string') {
    return { ...common, action: target.slice(target.indexOf('.') + 1), protocol: 'json', input: readJson(body) };
  }
  const form = new URLSearchParams(body.toString('utf8'));
  const action = form.get('Action');
  if (action !== null) return { ...common, action, protocol: service === 'ec2' ? 'ec2' : 'query', input: nested(form) };
  return { ...common, action: `${method} ${path.split('?')[0]}`, protocol: 'rest', input: readJson(body) };
};

const readJson = (body: Buffer): Input => (body.length > 0 ? (JSON.parse(body.toString('utf8')) as Input) : {});

type Tree = { [name: string]: Tree | string };

/** `A.1.B=x` becomes `{ A: [{ B: 'x' }] }`. */
const nested = (form: URLSearchParams): Input => {
  const root: Tree = {};
  for (const [name, value] of form) {
    const path = name.split('.');
    let tree = root;
    for (const part of path.slice(0, -1)) {
      const next = tree[part];
      if (typeof next === 'object') tree = next;
      else {
        const made: Tree = {};
        tree[part] = made;
        tree = made;
      }
    }
    tree[path.at(-1) ?? ''] = value;
  }
  return listed(root) as Input;
};

const listed = (tree: Tree | string): unknown => {
  if (typeof tree === 'string') return tree;
  const names = Object.keys(tree);
  if (names.length > 0 && names.every((name) => /^\d+$/.test(name))) {
    return names.sort((a, b) => Number(a) - Number(b)).map((name) => listed(tree[name] ?? ''));
  }
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, listed(value)]));
};

const EC2_NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** The answer of a call that went well. Lists of the output are `item`s in EC2; no other query service is answered here. */
export const answer = (call: AwsCall, output: Readonly<Record<string, unknown>>): AwsAnswer => {
  if (call.protocol === 'ec2') {
    const content = renderXml({ requestId: randomUUID(), ...(output as Record<string, XmlValue>) });
    return xml(200, `<${call.action}Response xmlns="${EC2_NAMESPACE}">${content}</${call.action}Response>`);
  }
  if (call.protocol === 'cbor') return cbor(200, output);
  return json(200, output);
};

/** The answer of a call that failed, in the words of its protocol. */
export const failure = (call: AwsCall, error: AwsError): AwsAnswer => {
  const { code, message, status } = error;
  switch (call.protocol) {
    case 'ec2':
      return xml(
        status,
        `<Response>${renderXml({ Errors: { Error: { Code: code, Message: message } }, RequestID: randomUUID() })}</Response>`,
      );
    case 'query': {
      const type = status >= 500 ? 'Receiver' : 'Sender';
      const content = renderXml({ Error: { Type: type, Code: code, Message: message }, RequestId: randomUUID() });
      return xml(status, `<ErrorResponse>${content}</ErrorResponse>`);
    }
    case 'cbor':
      return cbor(status, { __type: code, message });
    default:
      return json(status, { __type: code, message }, { 'x-amzn-errortype': code });
  }
};

const xml = (status: number, content: string): AwsAnswer => ({
  status,
  headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': randomUUID() },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${content}`,
});

const json = (status: number, output: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}): AwsAnswer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID(), ...headers },
  body: JSON.stringify(output),
});

const cbor = (status: number, output: Readonly<Record<string, unknown>>): AwsAnswer => ({
  status,
  headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor', 'x-amzn-requestid': randomUUID() },
  body: encodeCbor(output),
});
