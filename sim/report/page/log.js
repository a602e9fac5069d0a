// biome-ignore-all lint/correctness/noUnusedVariables: the scripts of the page share one scope
// The decision log: filtered, and drawn a page at a time so that thousands of rows stay usable.

const LOG_PAGE = 25;
let logRowsShown = LOG_PAGE;

const logText = /** @type {HTMLInputElement} */ (byId('log-text'));
const logStrategy = /** @type {HTMLSelectElement} */ (byId('log-strategy'));
const logView = /** @type {HTMLInputElement} */ (byId('log-view'));

const matchingDecisions = () => {
  const words = logText.value.toLowerCase().split(/\s+/).filter(Boolean);
  return shownPolicy().log.filter(
    (entry) =>
      (logStrategy.value === '' || run.strategies[entry.strategy] === logStrategy.value) &&
      (!logView.checked || (entry.time >= shown.from && entry.time <= shown.to)) &&
      words.every((word) => entry.text.includes(word)),
  );
};

/** @param {Policy['log'][number]} entry */
const logRow = (entry) => {
  const row = element('tr');
  const when = element('td', 'when');
  const button = element('button', 'jump', instant(entry.time));
  button.type = 'button';
  button.title = 'Show in the timeline';
  button.dataset.time = String(entry.time);
  when.append(button);
  row.append(
    when,
    element('td', 'strategy', run.strategies[entry.strategy] ?? ''),
    element('td', 'what', entry.what),
    element('td', 'why', entry.why),
  );
  return row;
};

const refreshLog = () => {
  const found = matchingDecisions();
  const all = shownPolicy().log.length;
  byId('log-rows').replaceChildren(...found.slice(0, logRowsShown).map(logRow));
  byId('log-count').textContent =
    found.length === all ? `${grouped(all)} decision${all === 1 ? '' : 's'}` : `${grouped(found.length)} of ${grouped(all)} decisions`;
  byId('log-empty').hidden = found.length > 0;
  byId('log-empty').textContent = all === 0 ? 'This policy changed nothing.' : 'No decision matches.';
  const more = byId('log-more');
  const left = found.length - logRowsShown;
  more.hidden = left <= 0;
  more.textContent = `Show ${grouped(Math.min(LOG_PAGE, left))} more of ${grouped(left)}`;
};

const refilterLog = () => {
  logRowsShown = LOG_PAGE;
  refreshLog();
};

const startLog = () => {
  for (const strategy of run.strategies) logStrategy.append(new Option(strategy, strategy));
  logText.addEventListener('input', refilterLog);
  logStrategy.addEventListener('change', refilterLog);
  logView.addEventListener('change', refilterLog);
  document.addEventListener('view-changed', () => {
    if (logView.checked) refilterLog();
  });
  byId('log-more').addEventListener('click', () => {
    logRowsShown += LOG_PAGE;
    refreshLog();
  });
  byId('log-rows').addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    const time = Number(button?.dataset.time ?? Number.NaN);
    if (!Number.isFinite(time)) return;
    const half = Math.min(shown.to - shown.from, 6 * 3600) / 2;
    showRange(time - half, time + half);
    moveCrosshair(indexAt(time - 59));
    byId('timeline').scrollIntoView();
  });
};
