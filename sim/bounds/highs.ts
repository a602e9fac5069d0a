import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LinearProgram, Minimise, Optimum } from './linear-program';

const here = (): string => (typeof __dirname === 'string' ? __dirname : dirname(fileURLToPath(import.meta.url)));

/** The name of the compiled solver beside a bundled command line. */
export const SOLVER_FILE = 'highs.wasm';

/** The compiled solver in a checkout. */
export const solverPath = (): string => createRequire(join(here(), 'highs.ts')).resolve('highs/runtime');

const readSolver = (): Uint8Array => readFileSync([join(here(), SOLVER_FILE)].find((path) => existsSync(path)) ?? solverPath());

let loading: Promise<Minimise> | undefined;

/**
 * The solver HiGHS (Q. Huangfu, J. A. J. Hall, "Parallelizing the dual revised simplex method", Mathematical Programming
 * Computation 10, 2018), compiled to WebAssembly. It is loaded by the first call.
 */
export const loadHighs = (): Promise<Minimise> => {
  loading ??= load();
  return loading;
};

const load = async (): Promise<Minimise> => {
  const { default: create } = await import('highs');
  const highs = await create({ wasmBinary: readSolver() });
  return (program: LinearProgram): Optimum | undefined => {
    const { modelStatus, variableType } = highs.constants;
    const hasWholes = program.wholes.some(Boolean);
    return highs.withModel(
      {
        numCols: program.costs.length,
        numRows: program.rowLowers.length,
        colCost: Float64Array.from(program.costs),
        colLower: Float64Array.from(program.lowers),
        colUpper: Float64Array.from(program.uppers),
        rowLower: Float64Array.from(program.rowLowers),
        rowUpper: Float64Array.from(program.rowUppers),
        matrix: {
          format: 'csr',
          numRows: program.rowLowers.length,
          numCols: program.costs.length,
          starts: Int32Array.from(program.starts),
          indices: Int32Array.from(program.indices),
          values: Float64Array.from(program.coefficients),
        },
        ...(hasWholes ? { integrality: program.wholes.map((isWhole) => (isWhole ? variableType.integer : variableType.continuous)) } : {}),
      },
      (model): Optimum | undefined => {
        // One thread and no limit of time: the same program gives the same optimum.
        model.options.set({ output_flag: false, random_seed: 1, mip_rel_gap: 1e-6 });
        model.run();
        const status = model.getModelStatus();
        if (status === modelStatus.infeasible) return undefined;
        if (status !== modelStatus.optimal) throw new Error(`HiGHS ended without an optimum: status ${String(status)}`);
        return { cost: model.getObjectiveValue(), values: Float64Array.from(model.getSolution().colValue) };
      },
    );
  };
};
