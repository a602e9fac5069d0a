/** Text made safe for HTML content and for attribute values in double or single quotes. */
export const escapeHtml = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;');

/** JSON that can stand inside a `<script>` element: nothing in it can end the element or open a comment. */
export const jsonForScript = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/>/g, '\\u003e')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');

/** Longer names may break, else they would not fit a phone. */
const MAX_UNBROKEN_NAME = 22;

/** Escaped text in which the given names do not break at their hyphens. */
export const escapeKeepingNames = (text: string, names: readonly string[]): string =>
  [...new Set(names)]
    .filter((name) => name.includes('-') && name.length <= MAX_UNBROKEN_NAME)
    .sort((one, other) => other.length - one.length)
    .reduce(
      (parts, name) =>
        parts.flatMap((part) =>
          typeof part === 'string'
            ? part.split(name).flatMap((piece, index): (string | { name: string })[] => (index === 0 ? [piece] : [{ name }, piece]))
            : [part],
        ),
      [text] as (string | { name: string })[],
    )
    .map((part) => (typeof part === 'string' ? escapeHtml(part) : `<span class="together">${escapeHtml(part.name)}</span>`))
    .join('');
