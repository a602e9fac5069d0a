import { Fn, type IResolvable, Token } from 'aws-cdk-lib';
import type { KarpenterPolicyStatement } from './karpenter-policies/karpenter-policy';

type Values = { readonly [placeholder: string]: string };

const PLACEHOLDER = /\$\{([^}]+)\}/g;

const mentioned = (text: string, values: Values): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => text.includes(`\${${name}}`)));

/** Fills in what is known at synthesis; the rest stays a placeholder. */
const fill = (text: string, values: Values): string =>
  text.replace(PLACEHOLDER, (whole, name: string) => {
    const value = values[name];
    return value === undefined || Token.isUnresolved(value) ? whole : value;
  });

/** A value whose remaining placeholders, pseudo parameters among them, CloudFormation fills in. */
const substituted = (text: string, values: Values): string => (text.includes('${') ? Fn.sub(text, mentioned(text, values)) : text);

function render(node: unknown, values: Values): unknown {
  if (typeof node === 'string') return substituted(fill(node, values), values);
  if (Array.isArray(node)) return node.map((item) => render(item, values));
  if (typeof node === 'object' && node !== null) {
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [fill(key, values), render(value, values)]));
  }
  return node;
}

const keysOf = (node: unknown): string[] =>
  typeof node === 'object' && node !== null ? Object.entries(node).flatMap(([key, value]) => [key, ...keysOf(value)]) : [];

/**
 * The document of a policy whose statements have placeholders, in condition keys too.
 *
 * CloudFormation has no functions in keys. If a key has a placeholder that only the deployment can fill in, such as the name of a cluster
 * of the same stack, the document is one string, in which `Fn::Sub` fills in keys and values alike. Karpenter's own template does the
 * same.
 */
export function renderPolicy(statements: readonly KarpenterPolicyStatement[], values: Values): object | IResolvable | string {
  const document = { Version: '2012-10-17', Statement: statements };
  const late = keysOf(document).some((key) => fill(key, values).includes('${'));
  if (!late) return render(document, values) as object;
  const text = fill(JSON.stringify(document), values);
  return Fn.sub(text, mentioned(text, values));
}
