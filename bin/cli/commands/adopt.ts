import type { Command } from 'commander';
import { readListedFleet } from '../../../lambda/control-loop/api';
import { annotations } from '../../../lambda/control-loop/contract/names';
import { type AdoptedFields, adoptText } from '../../../lambda/control-loop/model/adoption';
import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';
import { fieldsOf, formatField } from '../../../lambda/control-loop/model/field';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { changeAnnotations } from '../live/annotations';
import { CLUSTER_HELP, type ClusterOptions, FLEET_ARGUMENT, withClusterOptions } from '../live/cluster-options';
import { withCluster } from '../live/connect';
import { fleetNameOf } from '../live/fleets';
import { fleetView } from '../live/read-fleet';
import { noteOnEffect } from '../live/steering';
import { examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import { type PrintOptions, print } from '../text/print';
import { refuse } from '../text/problems';

interface AdoptOptions extends ClusterOptions, PrintOptions {}

/** `adopt`: the loop takes contested fields as it finds them, and steers them again. */
export const addAdopt = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  const command = program
    .command('adopt')
    .summary('let the loop steer contested fields again')
    .description(
      'Lets the loop take fields that another writer changed as it finds them, and steer them again from its next tick on. Without it the loop asks again by itself after a time that the fleet sets.',
    )
    .argument('<fleet>', FLEET_ARGUMENT)
    .argument('[fields...]', 'contested fields, such as floor/g5 or limit/g5-spot; without any, all of the fleet');
  withClusterOptions(command)
    .option('--json', 'print what was contested as JSON')
    .addHelpText('after', examples(['adopt chat', 'adopt chat share/inf2 share/g5'], CLUSTER_HELP))
    .action(async (fleet: string, fields: readonly string[], options: AdoptOptions) => onExitCode(await adopt(fleet, fields, options, io)));
};

const adopt = (fleet: string, given: readonly string[], options: AdoptOptions, io: Io): Promise<number> =>
  withCluster(options, io, async (cluster) => {
    const object = await changeAnnotations(cluster.kubernetes, fleetNameOf(fleet, options, cluster), (before) => ({
      [annotations.adopt]: adoptText(adoptedFields(before, given), io.nowSeconds()),
    }));
    const view = fleetView(object, io.nowSeconds());
    const fields = given.length === 0 ? 'all fields' : given.join(', ');
    const contested = view.contested.length === 0 ? 'nothing was contested' : `contested so far: ${view.contested.join('; ')}`;
    print(io, options, { fleet: view.fleet, fields: given.length === 0 ? 'all' : given, contested: view.contested }, () => {
      return `${view.fleet}: the loop takes ${fields} as it finds them at its next tick; ${contested}\n`;
    });
    noteOnEffect(view, io);
    return exitCodes.done;
  });

const adoptedFields = (object: KubernetesObject, given: readonly string[]): AdoptedFields => {
  if (given.length === 0) return 'all';
  const { fleet } = readListedFleet(object);
  // Which fields a fleet has is not known while its spec is refused.
  if (fleet === undefined) return given;
  const known = fieldsOf(fleet).map(formatField);
  const wrong = given.find((field) => !known.includes(field));
  if (wrong !== undefined) refuse('FIELDS', JSON.stringify(wrong), `fields of the fleet: ${known.join(', ')}`, didYouMean(wrong, known));
  return given;
};
