/** XML as the query protocols of AWS write it: no attributes that matter, text or elements, never both. */
export interface XmlNode {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlNode[];
}

const TOKEN = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([\w:.-]+)[^>]*?(\/?)>|([^<]+)/g;

/** The root element. */
export const parseXml = (source: string): XmlNode => {
  const root = { name: '', text: '', children: [] as XmlNode[] };
  const open: { name: string; text: string; children: XmlNode[] }[] = [root];
  for (const [, closing, name, empty, text] of source.matchAll(TOKEN)) {
    const innermost = open.at(-1);
    if (innermost === undefined) break;
    if (text !== undefined) innermost.text += unescapeXml(text);
    else if (closing) open.pop();
    else if (name !== undefined) {
      const node = { name, text: '', children: [] as XmlNode[] };
      innermost.children.push(node);
      if (!empty) open.push(node);
    }
  }
  const element = root.children[0];
  if (element === undefined) throw new Error(`no XML: ${source.slice(0, 200)}`);
  return element;
};

/** The element at a path such as `placement/availabilityZone`. */
export const at = (node: XmlNode | undefined, path: string): XmlNode | undefined =>
  path.split('/').reduce<XmlNode | undefined>((found, name) => found?.children.find((child) => child.name === name), node);

export const textAt = (node: XmlNode | undefined, path: string): string | undefined => at(node, path)?.text;

/** The `item`s (or `member`s) of the list at a path. */
export const itemsAt = (node: XmlNode | undefined, path: string): readonly XmlNode[] => at(node, path)?.children ?? [];

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const unescapeXml = (text: string): string =>
  text.replace(/&(#x?[\da-fA-F]+|\w+);/g, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES[name] ?? whole;
  });

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

export type XmlValue = string | number | boolean | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

/** Elements of an object; lists become `item`s, what is `undefined` is left out. */
export const renderXml = (value: XmlValue): string => {
  if (value === undefined) return '';
  if (typeof value !== 'object') return escapeXml(String(value));
  if (Array.isArray(value)) return value.map((item) => `<item>${renderXml(item)}</item>`).join('');
  return Object.entries(value)
    .filter(([, content]) => content !== undefined)
    .map(([name, content]) => `<${name}>${renderXml(content)}</${name}>`)
    .join('');
};
