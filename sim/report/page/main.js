// Start: which policy is shown, theme, and the wiring of the controls.

document.documentElement.classList.add('scripted');

/** @param {number} policy */
const showPolicy = (policy) => {
  shown.policy = policy;
  for (const part of document.querySelectorAll('[data-policy]'))
    if (part instanceof HTMLElement) part.hidden = part.dataset.policy !== String(policy);
  for (const cell of document.querySelectorAll('[data-column]'))
    cell.classList.toggle('shown', cell instanceof HTMLElement && cell.dataset.column === String(policy));
};

const paintSwatches = () => {
  for (const mark of document.querySelectorAll('.swatch[data-colour]'))
    if (mark instanceof HTMLElement)
      mark.style.setProperty('--swatch', paletteColour(Number(mark.dataset.colour), Number(mark.dataset.tint)));
};

const repaint = () => {
  repaintPlots();
  paintSwatches();
};

const darkPreferred = matchMedia('(prefers-color-scheme: dark)');
const THEME_KEY = 'adaptive-inference-report-theme';

const startTheme = () => {
  const root = document.documentElement;
  try {
    const stored = localStorage.getItem(THEME_KEY);
    if (stored === 'light' || stored === 'dark') root.dataset.theme = stored;
  } catch {
    // A browser may refuse storage to a local file: the choice then lasts as long as the page.
  }
  byId('theme').addEventListener('click', () => {
    const now = root.dataset.theme ?? (darkPreferred.matches ? 'dark' : 'light');
    const next = now === 'dark' ? 'light' : 'dark';
    root.dataset.theme = next;
    try {
      localStorage.setItem(THEME_KEY, next);
    } catch {
      // As above.
    }
    repaint();
  });
  darkPreferred.addEventListener('change', repaint);
};

const startControls = () => {
  for (const choice of document.querySelectorAll('input[name="policy"]'))
    choice.addEventListener('change', () => {
      if (!(choice instanceof HTMLInputElement) || !choice.checked) return;
      showPolicy(Number(choice.value));
      refreshPlots();
      refilterLog();
    });
  for (const button of document.querySelectorAll('[data-zoom]'))
    button.addEventListener('click', () => zooms[(button instanceof HTMLElement && button.dataset.zoom) || '']?.());
  for (const button of document.querySelectorAll('button[data-from]'))
    button.addEventListener('click', () => {
      if (!(button instanceof HTMLElement)) return;
      const base = startSeconds;
      const from = base + Number(button.dataset.from);
      const to = base + Number(button.dataset.to);
      const margin = Math.max(1800, (to - from) * 0.5);
      showRange(from - margin, to + margin);
      byId('timeline').scrollIntoView();
    });
  // The browser may restore the choice of an earlier visit.
  const checked = document.querySelector('input[name="policy"]:checked');
  showPolicy(checked instanceof HTMLInputElement ? Number(checked.value) : 0);
};

startTheme();
startControls();
for (const spec of plotSpecs()) drawPlot(spec, byId('plots'));
buildLegends();
paintSwatches();
startLog();
refreshLog();
new ResizeObserver(resizePlots).observe(byId('plots'));
