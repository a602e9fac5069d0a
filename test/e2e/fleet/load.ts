/** From a minute on, counted from when the load begins, clients ask so much; until the next row. */
export interface LoadRow {
  readonly minute: number;
  readonly requestsPerMinute: number;
}

/** A load that cannot be read; the message says where, what was given and what was expected. */
export class LoadError extends Error {}

/** More than any fleet here can serve: what is above is a slip of the pen. */
const MAX_REQUESTS_PER_MINUTE = 100_000;
const HEADER = 'minute,requestsPerMinute';
const EXPECTED = `CSV with the header ${HEADER}, or a JSON list of {"minute": 0, "requestsPerMinute": 240}`;

/** Reads rows of a load, in ascending minutes, as CSV or JSON. */
export const readLoad = (text: string): readonly LoadRow[] => {
  const rows = text.trimStart().startsWith('[') ? jsonRows(text) : csvRows(text);
  if (rows.length === 0) throw new LoadError(`load: given no row, expected ${EXPECTED}`);
  rows.forEach(({ minute }, index) => {
    const before = rows[index - 1]?.minute ?? -1;
    if (minute <= before)
      throw new LoadError(`row ${index + 1}: given minute ${minute} after minute ${before}, expected ascending minutes`);
  });
  return rows;
};

/** Requests per minute at a time; nobody asks before the first row. */
export const rateAt = (rows: readonly LoadRow[], minutes: number): number =>
  rows.findLast(({ minute }) => minute <= minutes)?.requestsPerMinute ?? 0;

/** A rate as somebody states it. */
export const rateOf = (given: unknown, where: string): number => numberOf(given, `${where}: requestsPerMinute`, MAX_REQUESTS_PER_MINUTE);

const numberOf = (given: unknown, where: string, most: number): number => {
  if (typeof given === 'number' && given >= 0 && given <= most) return given;
  throw new LoadError(`${where}: given ${JSON.stringify(given)}, expected a number from 0 to ${most}`);
};

const rowOf = (minute: unknown, rate: unknown, number: number): LoadRow => ({
  minute: numberOf(minute, `row ${number}: minute`, Number.MAX_SAFE_INTEGER),
  requestsPerMinute: rateOf(rate, `row ${number}`),
});

const jsonRows = (text: string): readonly LoadRow[] => {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new LoadError(`load: ${(error as Error).message}; expected ${EXPECTED}`);
  }
  return (list as unknown[]).map((one, index) => {
    const { minute, requestsPerMinute } = Object(one) as Readonly<Record<string, unknown>>;
    return rowOf(minute, requestsPerMinute, index + 1);
  });
};

const csvRows = (text: string): readonly LoadRow[] => {
  const [header = '', ...lines] = text
    .replace(/^\uFEFF/, '')
    .trim()
    .split(/\r?\n/);
  if (header.replaceAll(' ', '') !== HEADER) throw new LoadError(`load: given ${JSON.stringify(header)}, expected ${EXPECTED}`);
  return lines.map((line, index) => {
    const cells = line.split(',').map((cell) => cell.trim());
    if (cells.length !== 2) throw new LoadError(`row ${index + 1}: given ${JSON.stringify(line)}, expected ${HEADER}`);
    const [minute, rate] = cells.map((cell) => (cell === '' ? cell : Number(cell)));
    return rowOf(Number.isNaN(minute) ? cells[0] : minute, Number.isNaN(rate) ? cells[1] : rate, index + 1);
  });
};
