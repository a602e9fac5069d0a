import { type Assessment, assessor, complaintAbout, type Outcome } from './assess';
import type { ChangedObject, ChangedResource, Difference } from './compare';
import { chapters } from './list';
import { customResources, replacingProperties } from './replacing';
import type { FieldChange, Json, Resource } from './template';

/** `docs/changes.md`: what a deployment does for each change of an app. */

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  unaffected: 'none affected',
  risk: 'may be lost',
  loss: '**lost**',
  fails: 'deployment fails',
  refused: 'refused at synthesis',
};

const MAX_NAMES = 3;
const MAX_FIELDS = 4;
const MAX_VALUE_LENGTH = 24;

/** The first few, and how many there are besides. */
const someOf = (items: readonly string[], max: number): string =>
  items.length <= max ? items.join(', ') : `${items.slice(0, max).join(', ')} and ${items.length - max} more`;

const grouped = <T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, readonly T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
};

/** Resources by type: by name where there are few, otherwise how many. */
const byType = (resources: readonly Resource[]): string =>
  [...grouped(resources, ({ type }) => type)]
    .map(([type, some]) =>
      some.length > MAX_NAMES ? `${some.length} \`${type}\`` : `\`${type}\` ${some.map(({ path }) => path).join(', ')}`,
    )
    .join('; ');

/** Names of objects by kind. */
const byKind = (names: readonly string[]): string =>
  [...grouped(names, (name) => name.split(' ')[0]!)]
    .map(([kind, some]) => {
      const short = some.map((name) => name.slice(kind.length + 1));
      return short.length > MAX_NAMES ? `${short.length} of kind ${kind}` : `${kind} ${short.join(', ')}`;
    })
    .join('; ');

const isShort = (value: Json | undefined): boolean =>
  value === undefined || (typeof value !== 'object' && String(value).length <= MAX_VALUE_LENGTH && !String(value).includes('${'));

/** A field of an object, with its values where they are short. */
const fieldText = ({ path, before, after }: FieldChange): string => {
  if (!isShort(before) || !isShort(after) || (before === undefined && after === undefined)) return `\`${path}\``;
  if (before === undefined) return `\`${path}\`: ${String(after)}`;
  return after === undefined ? `\`${path}\`: left out` : `\`${path}\`: ${String(before)} to ${String(after)}`;
};

const objectLine = ({ object, changes }: ChangedObject): string => `- ${object.name}: ${someOf(changes.map(fieldText), MAX_FIELDS)}`;

/** Objects of a kind in which the same fields change, in one line. */
const objectLines = (changed: readonly ChangedObject[]): readonly string[] =>
  [...grouped(changed, ({ object, changes }) => `${object.kind} ${changes.map(fieldText).join()}`).values()].map((some) =>
    some.length === 1
      ? objectLine(some[0]!)
      : `- ${byKind(some.map(({ object }) => object.name))}: ${someOf(some[0]!.changes.map(fieldText), MAX_FIELDS)}`,
  );

const propertyOf = ({ path }: FieldChange): string => path.split(/[.[,]/)[0]!;

const propertiesOf = (changes: readonly FieldChange[]): string =>
  [...new Set(changes.map((change) => `\`${propertyOf(change)}\``))].join(', ');

const resourceLines = (changed: readonly ChangedResource[]): readonly string[] =>
  [...grouped(changed, ({ resource, changes }) => `${resource.type} ${propertiesOf(changes)}`).values()].map(
    (some) => `- ${byType(some.map(({ resource }) => resource))}: ${propertiesOf(some[0]!.changes)}`,
  );

const section = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : [`${title}:`, '', ...lines, '']);
const listed = (title: string, text: string): readonly string[] => (text === '' ? [] : section(title, [`- ${text}`]));

const differenceLines = ({ added, removed, changed, objects }: Difference): readonly string[] => {
  const lines = [
    ...section(
      'Replaced',
      resourceLines(
        changed
          .filter(({ replacing }) => replacing.length > 0)
          .map(({ resource, replacing }) => ({ resource, replacing, changes: replacing })),
      ),
    ),
    ...listed('Removed', byType(removed)),
    ...listed('Removed from the cluster', byKind(objects.removed.map(({ name }) => name))),
    ...listed('Left behind in the cluster', byKind(objects.left.map(({ name }) => name))),
    ...listed('Added', byType(added)),
    ...listed('Added to the cluster', byKind(objects.added.map(({ name }) => name))),
    ...section('Updated in place', resourceLines(changed.filter(({ replacing }) => replacing.length === 0))),
    ...section('Updated in the cluster', objectLines(objects.changed)),
  ];
  return lines.length > 0 ? lines : ['Nothing is deployed.', ''];
};

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const about = (names: readonly string[]): string => someOf(names, MAX_NAMES);

/** What becomes of requests, and why. */
const verdictLines = (assessment: Assessment): readonly string[] => {
  const { change, outcome } = assessment;
  if (outcome === 'refused')
    return ['**Refused at synthesis:**', '', '```text', assessment.message, '```', '', `Instead: ${change.avoid}`, ''];
  if (outcome === 'unaffected') return ['**No request is affected.**', ''];
  const [title, reasons] =
    outcome === 'fails'
      ? [
          'The deployment fails and is rolled back.',
          assessment.blockers.map(({ by, reason, about: names }) => `${by}: ${reason} (${about(names)}).`),
        ]
      : [
          outcome === 'loss' ? 'Loses requests.' : 'May lose requests.',
          assessment.hazards.map(({ reason, about: names }) => `${sentence(reason).slice(0, -1)} (${about(names)}).`),
        ];
  return [
    `**${title}**`,
    '',
    ...reasons.map((reason) => `- ${reason}`),
    '',
    `${outcome === 'fails' ? 'Instead' : 'How to avoid it'}: ${change.avoid}`,
    '',
  ];
};

const changeLines = (assessment: Assessment): readonly string[] => [
  `### ${assessment.change.title}`,
  '',
  `\`${assessment.change.code}\``,
  '',
  assessment.change.notice,
  '',
  ...verdictLines(assessment),
  ...(assessment.outcome === 'refused' ? [] : differenceLines(assessment.difference)),
  ...(assessment.outcome === 'refused' || assessment.warnings.length === 0
    ? []
    : section(
        'Synthesis warns',
        assessment.warnings.map((warning) => `- ${warning}`),
      )),
];

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

const summary = (assessment: Assessment): string => {
  const { change, outcome } = assessment;
  const cells =
    outcome === 'refused'
      ? ['-', '-', '-']
      : [
          String(assessment.difference.changed.filter(({ replacing }) => replacing.length > 0).length || '-'),
          String(assessment.difference.removed.length || '-'),
          String(assessment.difference.objects.removed.length || '-'),
        ];
  return `| [${change.title}](#${anchorOf(change.title)}) | ${OUTCOMES[outcome]} | ${cells.join(' | ')} |`;
};

/** The rows of the table of replacing properties: the types in the templates that were compared. */
const typeRows = (assessments: readonly Assessment[]): readonly string[] => {
  const types = new Set(
    assessments.flatMap((assessment) =>
      assessment.outcome === 'refused'
        ? []
        : [...assessment.difference.before.values(), ...assessment.difference.after.values()].map(({ type }) => type),
    ),
  );
  return [...types].sort().map((type) => {
    const custom = customResources[type];
    const properties = custom?.replacing ?? replacingProperties[type] ?? [];
    const names = properties.length === 0 ? 'none' : properties.map((property) => `\`${property}\``).join(', ');
    return `| \`${type}\` | ${names} | ${custom?.source ?? 'schema of CloudFormation'} |`;
  });
};

/** The page. Throws if a sentence that is written by hand contradicts what was found. */
export const changesPage = (): string => {
  const assess = assessor();
  const assessed = chapters.map(({ title, changes }) => ({ title, assessments: changes.map(assess) }));
  const all = assessed.flatMap(({ assessments }) => assessments);
  const complaints = all.flatMap((assessment) => complaintAbout(assessment) ?? []);
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
  return `# What a change deploys

Written by \`npm run generate\` from templates that are synthesized before and after each change: change \`scripts/changes/\`, not this page.

The app is that of the README: a cluster of its own and a fleet \`chat\` with the units \`inf2\` and \`g5\`, each on a spot and an on-demand pool. For each change the two templates are compared, resource by resource and Kubernetes object by object. What CloudFormation replaces is in the [last table](#which-properties-replace). What Karpenter, KEDA and the load balancer controller do with an object is read from their sources, of the versions that are installed. Nothing here was deployed. Your app may differ: look at \`npx cdk diff\` for the same resources.

Each change that loses requests, or that fails, has a way around it. *Removed* counts resources of CloudFormation, *from the cluster* objects of Kubernetes.

| change | requests | replaced | removed | removed from the cluster |
| ------ | -------- | -------- | ------- | ------------------------ |
${all.map(summary).join('\n')}

${assessed.map(({ title, assessments }) => [`## ${title}`, '', ...assessments.flatMap(changeLines)].join('\n')).join('\n')}
## Which properties replace

CloudFormation replaces a resource if one of these properties changes: it creates a new one, updates what refers to it, and deletes the old one at the end. Everything else is updated in place. A resource whose logical id changes is a new one and a removed one. These are the types of the templates above.

| type | properties that replace | source |
| ---- | ----------------------- | ------ |
${typeRows(all).join('\n')}

The schemas are those that the CDK command line ships; the [reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html) says "Update requires: Replacement".
`;
};
