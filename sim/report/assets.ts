import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The page's own scripts in the order they run: plain browser scripts that share one scope. */
const PAGE_SCRIPTS = ['format.js', 'data.js', 'bands.js', 'specs.js', 'plots.js', 'explore.js', 'log.js', 'main.js'];

/** One file the report is made of, under the name it has beside a bundled CLI. */
export interface ReportAsset {
  readonly name: string;
  readonly path: string;
}

const here = (): string => (typeof __dirname === 'string' ? __dirname : dirname(fileURLToPath(import.meta.url)));

/** The files the report is made of in a checkout; a bundled CLI finds copies of them in `report-assets` beside its own folder. */
export const reportAssetFiles = (folder: string = here()): readonly ReportAsset[] => {
  const uplot = dirname(createRequire(join(folder, 'assets.ts')).resolve('uplot/package.json'));
  return [
    { name: 'page.css', path: join(folder, 'page.css') },
    ...PAGE_SCRIPTS.map((name) => ({ name, path: join(folder, 'page', name) })),
    { name: 'uPlot.iife.min.js', path: join(uplot, 'dist', 'uPlot.iife.min.js') },
    { name: 'uPlot.min.css', path: join(uplot, 'dist', 'uPlot.min.css') },
    { name: 'uPlot.LICENSE', path: join(uplot, 'LICENSE') },
  ];
};

/** The texts that every report carries inside itself. */
export interface ReportAssets {
  readonly styles: string;
  readonly scripts: readonly string[];
  readonly plotScript: string;
  readonly plotStyles: string;
  readonly plotLicence: string;
}

/** Reads the report's files, from a checkout or from `report-assets` beside the bundle. */
export const readReportAssets = (folder: string = here()): ReportAssets => {
  const bundled = [join(folder, '..', 'report-assets'), join(folder, 'report-assets')].find((candidate) =>
    existsSync(join(candidate, 'page.css')),
  );
  const paths = new Map(bundled ? [] : reportAssetFiles(folder).map(({ name, path }) => [name, path]));
  const text = (name: string): string => readFileSync(bundled ? join(bundled, name) : paths.get(name)!, 'utf8').trim();
  return {
    styles: text('page.css'),
    scripts: PAGE_SCRIPTS.map(text),
    plotScript: text('uPlot.iife.min.js'),
    plotStyles: text('uPlot.min.css'),
    plotLicence: text('uPlot.LICENSE'),
  };
};
