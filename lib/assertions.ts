import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

type Json = unknown;

const ASSET_HASH = /\b[0-9a-f]{64}\b/g;
const LAMBDA_VERSION_HASH = /(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g;

/**
 * Masks everything in a template that depends on the contents of assets: hashes, and parts of logical ids that are made from them.
 *
 * The result changes only when the infrastructure changes, so it can be kept as a snapshot.
 *
 * @param template a template, or a stack to synthesize
 */
export function maskedTemplate(template: Template | Stack): { [section: string]: unknown } {
  const json: Json = (Stack.isStack(template) ? Template.fromStack(template) : template).toJSON();
  return mask(json) as { [section: string]: unknown };
}

function mask(node: Json): Json {
  if (typeof node === 'string') return node.replace(ASSET_HASH, '<asset>').replace(LAMBDA_VERSION_HASH, '$1<hash>');
  if (Array.isArray(node)) return node.map(mask);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [mask(key), mask(value)]));
}

/** A Kubernetes object, or the properties of a chart, as known at synthesis: tokens are replaced by `<token>`. */
export interface RenderedKubernetesResource {
  /** Logical id of the resource in the template. */
  readonly logicalId: string;

  /** The object, or the properties of the chart. */
  readonly body: { [key: string]: unknown };
}

/**
 * The Kubernetes objects that a template applies.
 *
 * @param template a template, or a stack to synthesize
 * @param kind kind of the objects; by default every kind
 */
export function kubernetesObjects(template: Template | Stack, kind?: string): RenderedKubernetesResource[] {
  const from = Stack.isStack(template) ? Template.fromStack(template) : template;
  return Object.entries(from.findResources('Custom::AWSCDK-EKS-KubernetesResource'))
    .flatMap(([logicalId, { Properties }]) =>
      (parsed(Properties.Manifest) as { [key: string]: unknown }[]).map((body) => ({ logicalId, body })),
    )
    .filter(({ body }) => kind === undefined || body.kind === kind);
}

/**
 * The Helm charts that a template installs, as their properties with parsed values.
 *
 * @param template a template, or a stack to synthesize
 */
export function helmCharts(template: Template | Stack): RenderedKubernetesResource[] {
  const from = Stack.isStack(template) ? Template.fromStack(template) : template;
  return Object.entries(from.findResources('Custom::AWSCDK-EKS-HelmChart')).map(([logicalId, { Properties }]) => ({
    logicalId,
    body: { ...Properties, Values: Properties.Values === undefined ? {} : parsed(Properties.Values) },
  }));
}

/** Parses JSON text, which may be a join of literals and references in a template. */
function parsed(text: unknown): unknown {
  if (typeof text === 'string') return JSON.parse(text);
  const parts = (text as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : '<token>')).join(''));
}

/**
 * Every resource that is created before a resource and deleted after it, by `DependsOn` or by reference, directly or indirectly.
 *
 * @param template a template, or a stack to synthesize
 * @param logicalId the resource
 */
export function prerequisitesOf(template: Template | Stack, logicalId: string): string[] {
  const from = Stack.isStack(template) ? Template.fromStack(template) : template;
  const resources: { [id: string]: unknown } = from.toJSON().Resources ?? {};
  const found = new Set<string>();
  const open = [logicalId];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const needed of references(resources[id])) {
      if (!(needed in resources) || found.has(needed)) continue;
      found.add(needed);
      open.push(needed);
    }
  }
  return [...found].sort();
}

function references(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(references);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === 'Ref' && typeof value === 'string') return [value];
    if (key === 'DependsOn') return [value].flat() as string[];
    if (key === 'Fn::GetAtt') return [Array.isArray(value) ? String(value[0]) : (String(value).split('.')[0] ?? '')];
    if (key === 'Fn::Sub') {
      const text = Array.isArray(value) ? String(value[0]) : String(value);
      const inside = [...text.matchAll(/\$\{([A-Za-z0-9]+)[.}]/g)].map(([, id]) => id ?? '');
      return [...inside, ...(Array.isArray(value) ? references(value[1]) : [])];
    }
    return references(value);
  });
}
