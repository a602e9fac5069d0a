import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { base } from '../../../scripts/changes/apps';
import { assessor, complaintAbout } from '../../../scripts/changes/assess';
import { chapters } from '../../../scripts/changes/list';
import { nameProperties, replacingOf, replacingProperties } from '../../../scripts/changes/replacing';
import { synthesize } from '../../../scripts/changes/snapshot';

const ROOT = join(__dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/changes.md'), 'utf8');
const changes = chapters.flatMap((chapter) => chapter.changes);
const assess = assessor();
const changeOf = (title: string) => changes.find((change) => change.title === title)!;
const outcomeOf = (title: string) => assess(changeOf(title)).outcome;

describe('the page of changes', () => {
  it('has each change once, in the order of the table', () => {
    const headings = [...page.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(changes.map(({ title }) => title));
    expect(new Set(headings).size).toBe(headings.length);
  });

  it('says what is noticed, and how to avoid what can be avoided', () => {
    for (const { notice, avoid } of changes) {
      expect(page).toContain(notice);
      if (avoid !== undefined) expect(page).toContain(avoid);
    }
  });

  it('has an entry for every change that a platform engineer is told to look up here', () => {
    const subjects = [
      'Image',
      'Port',
      'Profile',
      'Objective',
      'Resilience',
      'replicas',
      'Maximum of devices',
      'Devices of a pod',
      'Spot',
      'Reserved',
    ];
    const more = [
      'Instance type',
      'Pool renamed',
      'Unit added',
      'Unit removed',
      'Unit renamed',
      'order',
      'Fleet renamed',
      'Namespace',
      'Kubernetes version',
    ];
    const last = [
      'imported',
      'fleet added',
      'fleet removed',
      'Default router',
      'Certificates',
      'public',
      'Alarms',
      'Policy',
      'Enforcement',
      'Learning',
      'Age',
      'Period',
      'Tags',
    ];
    const missing = [...subjects, ...more, ...last].filter(
      (subject) => !changes.some(({ title }) => title.toLowerCase().includes(subject.toLowerCase())),
    );
    expect(missing).toEqual([]);
  });
});

describe('the table of replacing properties', () => {
  it('has every type of the template of a whole fleet, and the page shows it', () => {
    const synthesis = synthesize(base);
    if (synthesis.refused) throw new Error(synthesis.message);
    const types = [...new Set([...synthesis.resources.values()].map(({ type }) => type))];
    expect(types.length).toBeGreaterThan(30);
    for (const type of types) {
      expect(() => replacingOf(type)).not.toThrow();
      expect(page).toContain(`| \`${type}\` |`);
    }
  });

  it.each(Object.entries(replacingProperties))('of %s is that of the schemas which the CDK command line ships', (type, properties) => {
    expect([...properties].sort()).toEqual([...replacingIn(type)].sort());
  });

  it('has each name among the properties that replace', () => {
    for (const [type, property] of Object.entries(nameProperties)) expect(replacingOf(type)).toContain(property);
  });
});

describe('a change', () => {
  it('of the image affects no request, and changes nothing but the Deployment', () => {
    const assessment = assess(changeOf('Image of a unit'));
    if (assessment.outcome === 'refused') throw new Error(assessment.message);
    const { added, removed, changed, objects } = assessment.difference;
    expect([assessment.outcome, added, removed, changed, objects.added, objects.removed]).toEqual(['unaffected', [], [], [], [], []]);
    expect(objects.changed.map(({ object }) => object.name)).toEqual(['Deployment default/chat-g5']);
  });

  it('of the port of all units loses requests, and none with the old port open', () => {
    expect(outcomeOf('Port of all units')).toBe('loss');
    expect(outcomeOf('Port of all units with the old one open')).toBe('unaffected');
  });

  it('that removes a unit affects no request, although its own port is closed', () => {
    expect(outcomeOf('Unit with a port of its own removed')).toBe('unaffected');
  });

  it('that takes spot capacity away may lose requests; that adds it loses none', () => {
    expect(outcomeOf('Spot capacity off')).toBe('risk');
    expect(outcomeOf('Spot capacity on')).toBe('unaffected');
  });

  it('of the namespace fails, and leaves objects behind', () => {
    const assessment = assess(changeOf('Namespace of a fleet'));
    if (assessment.outcome === 'refused') throw new Error(assessment.message);
    expect(assessment.outcome).toBe('fails');
    expect(assessment.difference.objects.left.map(({ name }) => name)).toContain('Deployment default/chat-g5');
  });

  it('that synthesis refuses shows the message', () => {
    expect(assess(changeOf('Objective below every profile'))).toMatchObject({
      outcome: 'refused',
      message: expect.stringMatching(/given '0.5 s', expected at least 0.67 s.*\[UnreachableObjective\]$/),
    });
  });

  it('has a way to avoid a loss if there is one, and only then', () => {
    const image = assess(changeOf('Image of a unit'));
    expect(complaintAbout(image)).toBeUndefined();
    expect(complaintAbout({ ...image, change: { ...image.change, avoid: 'do not deploy' } })).toMatch('no request is in danger');
    expect(complaintAbout({ ...image, outcome: 'loss' } as typeof image)).toMatch('does not say how to avoid it');
  });
});

/** The database of schemas, as far as it says what replaces. */
interface Schemas {
  readonly schema: {
    readonly resource: { readonly entities: readonly { readonly cloudFormationType: string; readonly properties: Properties }[] };
    readonly typeDefinition: { readonly entities: readonly { readonly $id: string; readonly properties: Properties }[] };
  };
}

type Properties = Readonly<Record<string, { readonly causesReplacement?: 'yes' | 'no' | 'maybe'; readonly type: PropertyType }>>;

interface PropertyType {
  readonly type: string;
  readonly reference?: { readonly $ref: string };
  readonly element?: PropertyType;
  readonly types?: readonly PropertyType[];
}

const schemas = (): Schemas =>
  JSON.parse(gunzipSync(readFileSync(join(ROOT, 'node_modules/aws-cdk/db.json.gz'))).toString('utf8')) as Schemas;
let loaded: Schemas | undefined;

/** Paths of the properties that replace a resource, or may: members only where the property around them does not. */
function replacingIn(type: string): readonly string[] {
  loaded ??= schemas();
  const { resource, typeDefinition } = loaded.schema;
  const definitions = new Map(typeDefinition.entities.map(({ $id, properties }) => [$id, properties]));
  const referred = ({ reference, element, types }: PropertyType): readonly string[] => [
    ...(reference ? [reference.$ref] : []),
    ...(element ? referred(element) : []),
    ...(types ?? []).flatMap(referred),
  ];
  const within = (properties: Properties, prefix: string, seen: readonly string[]): readonly string[] =>
    Object.entries(properties).flatMap(([name, property]) => {
      const replaces = property.causesReplacement === 'yes' || property.causesReplacement === 'maybe';
      if (replaces) return [`${prefix}${name}`];
      return referred(property.type)
        .filter((id) => !seen.includes(id))
        .flatMap((id) => within(definitions.get(id) ?? {}, `${prefix}${name}.`, [...seen, id]));
    });
  return within(resource.entities.find(({ cloudFormationType }) => cloudFormationType === type)!.properties, '', []);
}
