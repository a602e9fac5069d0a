import { exitCodes, type Io } from '../io';
import { styleFor } from '../style';
import { type ClusterOptions, connect } from './connect';
import { explainText } from './explain-text';
import { fleetView, lastDecisionOf } from './fleet-view';
import { fleetNameOf, getFleet } from './fleets';

export interface ExplainOptions extends ClusterOptions {
  readonly json?: boolean;
}

/** The last decision on a fleet: what was known, what was wanted, what was decided and why. */
export const explain = async (fleet: string, options: ExplainOptions, io: Io): Promise<number> => {
  const cluster = connect(options, io);
  try {
    const object = await getFleet(cluster.kubernetes, fleetNameOf(fleet, options, cluster));
    const decision = lastDecisionOf(object) ?? null;
    const view = fleetView(object, io.nowSeconds());
    io.stdout.write(
      options.json
        ? `${JSON.stringify({ fleet: view.fleet, decision }, null, 2)}\n`
        : explainText(view, decision, io.nowSeconds(), styleFor(io.stdout, io.environment)),
    );
    return exitCodes.done;
  } finally {
    cluster.close();
  }
};
