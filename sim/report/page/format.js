// biome-ignore-all lint/correctness/noUnusedVariables: the scripts of the page share one scope
// Figures, instants and small DOM helpers.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** @param {number} value */
const two = (value) => String(value).padStart(2, '0');

/** @param {number} seconds Unix seconds. */
const clock = (seconds) => {
  const at = new Date(seconds * 1000);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
};

/** @param {number} seconds Unix seconds. */
const dayOf = (seconds) => {
  const at = new Date(seconds * 1000);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
};

/** @param {number} seconds Unix seconds. */
const instant = (seconds) => `${DAYS[new Date(seconds * 1000).getUTCDay()]} ${dayOf(seconds)} ${clock(seconds)}`;

/** @param {number} value */
const grouped = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

/** @param {number} value A share, 0 to 1. */
const percent = (value) => `${(100 * value).toFixed(1)}%`;

/** @param {number} value Seconds. */
const seconds = (value) => (value < 0.1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(value >= 10 ? 1 : 2)} s`);

/** @param {number} value US dollars per hour. */
const dollars = (value) => `$${value >= 1000 ? grouped(value) : value.toFixed(2)}`;

/**
 * Axis labels with no more digits than the step between them asks for.
 * @param {number} value
 * @param {number[]} values
 */
const plain = (value, values) => {
  const step = values.length > 1 ? Math.abs((values[1] ?? 0) - (values[0] ?? 0)) : value;
  let digits = 0;
  while (digits < 4 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits += 1;
  return value >= 1000 ? grouped(value) : value.toFixed(digits);
};

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[K]}
 */
const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
const byId = (id) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element ${id}.`);
  return found;
};

/** @param {string} name A custom property of the style sheet, without its two hyphens. */
const cssValue = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** @param {string} hex `#rrggbb` */
const channels = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

/**
 * @param {string} hex
 * @param {string} other
 * @param {number} part Of `other`, 0 to 1.
 */
const mixed = (hex, other, part) => {
  const there = channels(other);
  return `rgb(${channels(hex)
    .map((value, index) => Math.round(value + ((there[index] ?? 0) - value) * part))
    .join(',')})`;
};

/** @type {Map<string, string>} */
const colourCache = new Map();

/**
 * The colour of a unit or pool in the present theme.
 * @param {number} colour
 * @param {number} tint
 */
const paletteColour = (colour, tint) => {
  const key = `${colour}/${tint}`;
  const known = colourCache.get(key);
  if (known) return known;
  const value = mixed(cssValue(`c${colour}`), cssValue('surface'), [0, 0.45, 0.25][tint] ?? 0);
  colourCache.set(key, value);
  return value;
};

/** @param {string} name */
const themeColour = (name) => {
  const known = colourCache.get(name);
  if (known) return known;
  const value = cssValue(name);
  colourCache.set(name, value);
  return value;
};
