/** The parts of a jsii assembly that the reference is made from. */
interface Docs {
  readonly summary?: string;
  readonly remarks?: string;
  readonly default?: string;
  readonly example?: string;
}
interface TypeReference {
  readonly primitive?: string;
  readonly fqn?: string;
  readonly collection?: { readonly kind: 'array' | 'map'; readonly elementtype: TypeReference };
  readonly union?: { readonly types: readonly TypeReference[] };
}
interface Value {
  readonly name: string;
  readonly type: TypeReference;
  readonly optional?: boolean;
  readonly docs?: Docs;
}
interface Property extends Value {
  readonly static?: boolean;
  readonly const?: boolean;
  readonly protected?: boolean;
}
interface Method {
  readonly name: string;
  readonly static?: boolean;
  readonly protected?: boolean;
  readonly parameters?: readonly Value[];
  readonly returns?: { readonly type: TypeReference };
  readonly docs?: Docs;
}
interface Type {
  readonly kind: 'class' | 'interface' | 'enum';
  readonly name: string;
  readonly fqn: string;
  readonly base?: string;
  readonly interfaces?: readonly string[];
  readonly datatype?: boolean;
  readonly docs?: Docs;
  readonly initializer?: { readonly parameters?: readonly Value[] };
  readonly properties?: readonly Property[];
  readonly methods?: readonly Method[];
  readonly members?: readonly { readonly name: string; readonly docs?: Docs }[];
}
export interface Assembly {
  readonly name: string;
  readonly types: Readonly<Record<string, Type>>;
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();
const cell = (text: string): string => oneLine(text).replaceAll('|', '\\|');

/** Writes the public constructs, properties and enums of an assembly as one page of Markdown. */
export const apiReference = (assembly: Assembly): string => {
  const types = Object.values(assembly.types).sort((a, b) => (a.name < b.name ? -1 : 1));
  const anchor = (name: string): string => `[${name}](#${name.toLowerCase()})`;

  const typeText = (type: TypeReference): string => {
    if (type.collection) {
      const element = typeText(type.collection.elementtype);
      return type.collection.kind === 'array' ? `${element}[]` : `{ [key]: ${element} }`;
    }
    if (type.union) return type.union.types.map(typeText).join(' or ');
    if (type.fqn === undefined) return type.primitive ?? 'any';
    const ours = assembly.types[type.fqn];
    return ours ? anchor(ours.name) : type.fqn.replace(/^(aws-cdk-lib|constructs)\./, '').replaceAll('_', '-');
  };

  const about = (docs: Docs | undefined): string => [docs?.summary, docs?.remarks].filter(Boolean).join(' ');

  const signature = ({ name, parameters = [], returns }: Pick<Method, 'name' | 'parameters' | 'returns'>): string =>
    `${name}(${parameters.map((one) => `${one.name}${one.optional ? '?' : ''}: ${typeText(one.type)}`).join(', ')})${returns ? `: ${typeText(returns.type)}` : ''}`;

  const valueTable = (values: readonly Value[], withDefault: boolean): string[] => {
    if (values.length === 0) return [];
    const head = withDefault ? ['| property | type | default | |', '| --- | --- | --- | --- |'] : ['| | type | |', '| --- | --- | --- |'];
    const rows = values.map((value) => {
      const fallback = value.optional ? cell(value.docs?.default ?? 'none').replace(/^- /, '') : '**required**';
      const cells = [`\`${value.name}\``, cell(typeText(value.type)), ...(withDefault ? [fallback] : []), cell(about(value.docs))];
      return `| ${cells.join(' | ')} |`;
    });
    return [...head, ...rows, ''];
  };

  /** Properties of a struct with those it takes over from others of ours. */
  const flattened = (type: Type): readonly Property[] => {
    const inherited = (type.interfaces ?? []).flatMap((fqn) => (assembly.types[fqn] ? flattened(assembly.types[fqn]) : []));
    const all = new Map([...inherited, ...(type.properties ?? [])].map((property) => [property.name, property]));
    return [...all.values()].sort((a, b) => Number(a.optional ?? false) - Number(b.optional ?? false) || (a.name < b.name ? -1 : 1));
  };

  const struct = (type: Type): string[] => valueTable(flattened(type), true);

  const behaviour = (type: Type): string[] => {
    const properties = (type.properties ?? []).filter((property) => !property.protected);
    const methods = (type.methods ?? []).filter((method) => !method.protected);
    const method = (one: Method): string => `- ${one.static ? 'static ' : ''}${signature(one)}: ${oneLine(about(one.docs))}`;
    const constant = (one: Property): string => `- \`${type.name}.${one.name}\`: ${oneLine(about(one.docs))}`;
    const lines: string[] = [];
    if (type.initializer) lines.push(`new ${signature({ name: type.name, ...type.initializer })}`, '');
    const statics = properties.filter((property) => property.static);
    const own = properties.filter((property) => !property.static);
    if (statics.length > 0) lines.push(...statics.map(constant), '');
    lines.push(...valueTable(own, false));
    if (methods.length > 0) lines.push(...methods.map(method), '');
    return lines;
  };

  const enumeration = (type: Type): string[] => [
    ...(type.members ?? []).map(({ name, docs }) => `- \`${name}\`: ${oneLine(about(docs))}`),
    '',
  ];

  const section = (type: Type): string[] => [
    `### ${type.name}`,
    '',
    ...(about(type.docs) === '' ? [] : [oneLine(about(type.docs)), '']),
    ...(type.docs?.example ? ['```ts', type.docs.example, '```', ''] : []),
    ...(type.kind === 'enum' ? enumeration(type) : type.datatype ? struct(type) : behaviour(type)),
  ];

  const isConstruct = (type: Type): boolean =>
    type.kind === 'class' && (type.base === 'constructs.Construct' || (type.base !== undefined && !!assembly.types[type.base]));
  const groups: readonly (readonly [string, (type: Type) => boolean])[] = [
    ['Constructs', isConstruct],
    ['Properties', (type) => type.datatype === true],
    ['Interfaces', (type) => type.kind === 'interface' && !type.datatype],
    ['Other classes', (type) => type.kind === 'class' && !isConstruct(type)],
    ['Enums', (type) => type.kind === 'enum'],
  ];
  return [
    '# API reference',
    '',
    `Generated from the jsii assembly of \`${assembly.name}\` by \`npm run generate\`. Types without a link are those of aws-cdk-lib and constructs.`,
    '',
    ...groups.flatMap(([title, belongs]) => {
      const own = types.filter(belongs);
      return [`- **${title}**: ${own.map(({ name }) => anchor(name)).join(', ')}`];
    }),
    '',
    ...groups.flatMap(([title, belongs]) => [`## ${title}`, '', ...types.filter(belongs).flatMap(section)]),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
};
