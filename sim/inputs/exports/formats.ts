import { parseDataFile, type TextFile } from '../text-file';
import { alb } from './alb';
import { cloudwatch } from './cloudwatch';
import type { ExportFormat, Glance } from './format';
import { k6 } from './k6';
import { karpenter } from './karpenter';
import { locust } from './locust';
import { prometheus } from './prometheus';
import { spotHistory } from './spot-history';
import { refuseFile } from './times';

/** Names of the formats, as `--format` takes them. */
export const formatNames = ['cloudwatch', 'alb', 'prometheus', 'spot-prices', 'karpenter', 'k6', 'locust'] as const;
export type FormatName = (typeof formatNames)[number];

/** Every format. One that is named and not here does not compile. */
export const formats: Readonly<Record<FormatName, ExportFormat>> = {
  cloudwatch,
  alb,
  prometheus,
  'spot-prices': spotHistory,
  karpenter,
  k6,
  locust,
};

/** The format of a file, by its first fields or line; throws `InvalidInputError` where it is none of them. */
export const formatOf = (file: TextFile): FormatName => {
  const glance = glanceAt(file);
  const name = formatNames.find((candidate) => formats[candidate].recognises(glance));
  if (name !== undefined) return name;
  const { firstLine, fields } = glance;
  // A JSON text with a mistake in it is none of the formats; the mistake says more.
  if (fields.length === 0 && /^[{[]/.test(firstLine)) parseDataFile(file);
  const isOtherOutput = /^[-+|]{3}|^[A-Z]{8,}\t/.test(firstLine);
  const isInput = firstLine.split(',').includes('timestampSeconds');
  return refuseFile(
    `${file.name}:1`,
    firstLine === ''
      ? 'an empty file'
      : fields.length > 0
        ? `the fields ${fields.slice(0, 10).join(', ')}`
        : JSON.stringify(firstLine.slice(0, 60)),
    `an export of ${formatNames.join(', ')}`,
    isOtherOutput
      ? 'export as JSON or YAML: --output json of aws, -o json of kubectl'
      : isInput
        ? 'simulate reads this file as it is: --arrivals, or --availability if it has pools'
        : 'import --help lists them; --format states what a file is',
  );
};

const glanceAt = ({ text }: TextFile): Glance => {
  const start = text.trimStart();
  const end = start.indexOf('\n');
  const firstLine = (end === -1 ? start : start.slice(0, end)).trim();
  return { firstLine, fields: start.startsWith('{') ? (fieldsOf(start) ?? fieldsOf(firstLine) ?? []) : yamlFieldsOf(start) };
};

/** The fields of a YAML text: its lines that begin with a name. A line of a log or a table has no name before a colon and a blank. */
const yamlFieldsOf = (text: string): readonly string[] =>
  /^(?:---\s+)?[A-Za-z]\w*:(?:\s|$)/.test(text) ? [...text.matchAll(/^([A-Za-z]\w*):(?:\s|$)/gm)].map(([, name]) => name!) : [];

const fieldsOf = (json: string): readonly string[] | undefined => {
  try {
    return Object.keys(JSON.parse(json) as object);
  } catch {
    return undefined;
  }
};
