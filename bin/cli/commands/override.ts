import type { Command } from 'commander';
import { readListedFleet } from '../../../lambda/control-loop/api';
import { annotations } from '../../../lambda/control-loop/contract/names';
import { policies, policyNames } from '../../../lambda/control-loop/contract/policies';
import { InvalidInputError } from '../../../lambda/control-loop/errors';
import type { Fleet } from '../../../lambda/control-loop/model/fleet';
import { type Override, overridesText, readOverrides } from '../../../lambda/control-loop/model/overrides';
import { rfc3339 } from '../../../lambda/control-loop/model/times';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { changeAnnotations } from '../live/annotations';
import { CLUSTER_HELP, type ClusterOptions, FLEET_ARGUMENT, withClusterOptions } from '../live/cluster-options';
import { withCluster } from '../live/connect';
import { fleetNameOf, keyOf } from '../live/fleets';
import { assignmentOf, checkAssignments } from '../live/override-fields';
import { untilText } from '../live/phrases';
import { fleetView } from '../live/read-fleet';
import { oneLine, ownerOf, printSteering } from '../live/steering';
import { durationOf } from '../text/durations';
import { examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import type { PrintOptions } from '../text/print';
import { refuse } from '../text/problems';
import { leftTable } from '../text/table';

interface OverrideOptions extends ClusterOptions, PrintOptions {
  readonly reason?: string;
  /** In seconds. */
  readonly for?: number;
  readonly owner?: string;
  readonly clear?: boolean;
}

const STRATEGIES = [...new Set(policyNames.flatMap((name) => policies[name].overridableStrategies))];

const FIELDS = `Fields (the guardrails hold for overrides too):
  floor/<unit>    minimum number of pods
  target/<unit>   requests per minute and pod that the scaler aims for
  share/<unit>    part of the traffic, 0.4 or 40%; the other units divide the rest
  weight/<pool>   position in the order of pools, 1 to 100, highest first
  limit/<pool>    maximum number of devices
  strategy        ${STRATEGIES.join(' or ')}`;

/** `override`: sets values in place of those of the policy, or removes them. */
export const addOverride = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  const command = program
    .command('override')
    .summary('set values in place of the policy, for a limited time')
    .description(
      'Sets values in place of those of the policy, for a limited time. With --clear, removes the overrides of the fields, or all.',
    )
    .argument('<fleet>', FLEET_ARGUMENT)
    .argument('[field=value...]', 'fields and their values; with --clear, fields only');
  withClusterOptions(command)
    .option('--reason <text>', 'why; recorded with every decision that it affects')
    .option('--for <duration>', 'how long, such as 30m, 2h or 1d', durationOf('--for'))
    .option('--owner <name>', 'who asks for it; default: the user in the kubeconfig, else $USER')
    .option('--clear', 'remove overrides')
    .option('--json', 'print pause and overrides as JSON')
    .addHelpText(
      'after',
      examples(
        [
          'override chat floor/g5=6 --reason "launch day" --for 8h',
          'override chat share/inf2=20% weight/g5-on-demand=100 --reason "driver bug" --for 1d',
          'override chat --clear floor/g5',
        ],
        FIELDS,
        CLUSTER_HELP,
      ),
    )
    .action(async (fleet: string, fields: readonly string[], options: OverrideOptions) =>
      onExitCode(await override(fleet, fields, options, io)),
    );
};

const override = (fleet: string, fields: readonly string[], options: OverrideOptions, io: Io): Promise<number> => {
  const change = options.clear ? clearing(fields, options) : setting(fields, options);
  return withCluster(options, io, async (cluster) => {
    const owner = options.clear ? '' : ownerOf(options.owner, cluster, io);
    let dropped: readonly string[] = [];
    const object = await changeAnnotations(cluster.kubernetes, fleetNameOf(fleet, options, cluster), (before) => {
      const read = readOverrides(before.metadata.annotations?.[annotations.overrides]);
      dropped = read.problems;
      const living = read.entries.filter(({ untilSeconds }) => untilSeconds > io.nowSeconds());
      const after = change(living, before, owner, io.nowSeconds());
      return { [annotations.overrides]: after.length === 0 ? undefined : overridesText(after) };
    });
    for (const problem of dropped) io.stderr.write(`note: removed an override that cannot be read: ${problem}\n`);
    const view = fleetView(object, io.nowSeconds());
    const rows = view.overrides.map(({ field, value, owner: by, until, reason }) => [
      field,
      `= ${value}`,
      untilText(until, io.nowSeconds()),
      `${by}: ${reason}`,
    ]);
    printSteering(
      view,
      options,
      io,
      rows.length === 0 ? `${view.fleet}: no overrides\n` : `${view.fleet}: overrides\n${leftTable(rows, '  ')}\n`,
    );
    if (view.pause !== null && rows.length > 0) io.stderr.write('note: the fleet is paused, and a pause takes precedence over overrides\n');
    return exitCodes.done;
  });
};

type Change = (living: readonly Override[], object: KubernetesObject, owner: string, nowSeconds: number) => readonly Override[];

const clearing = (fields: readonly string[], options: OverrideOptions): Change => {
  if (options.reason !== undefined || options.for !== undefined) refuse('--clear', '--reason or --for with it', '--clear with fields only');
  for (const field of fields)
    if (field.includes('=')) refuse('FIELD', JSON.stringify(field), 'a field without a value, as --clear removes it');
  return (living) => {
    if (fields.length === 0) return [];
    for (const field of fields) {
      if (living.some((one) => one.field === field)) continue;
      const known = living.map((one) => one.field).join(', ');
      refuse('FIELD', JSON.stringify(field), known === '' ? 'nothing: the fleet has no overrides' : `one of ${known}`);
    }
    return living.filter(({ field }) => !fields.includes(field));
  };
};

const setting = (fields: readonly string[], options: OverrideOptions): Change => {
  if (fields.length === 0) refuse('FIELD=VALUE', 'nothing', 'at least one, such as floor/g5=3, or --clear');
  const { reason, for: forSeconds } = options;
  if (reason === undefined) return refuse('--reason', 'nothing', 'why the policy is overridden', 'add --reason <text>');
  if (forSeconds === undefined) return refuse('--for', 'nothing', 'a duration such as 2h: every override expires', 'add --for 2h');
  const line = oneLine('--reason', reason);
  const assignments = fields.map(assignmentOf);
  const repeated = assignments.find(({ field }, index) => assignments.findIndex((one) => one.field === field) !== index);
  if (repeated !== undefined) refuse('FIELD=VALUE', `${repeated.field} twice`, 'each field once');
  return (living, object, owner, nowSeconds) => {
    checkAssignments(fleetOf(object), assignments);
    const untilSeconds = Math.round(nowSeconds + forSeconds);
    const until = rfc3339(Math.round(untilSeconds));
    return [
      ...living.filter(({ field }) => !assignments.some((one) => one.field === field)),
      ...assignments.map(({ field, value }): Override => ({ field, value, owner, reason: line, until, untilSeconds })),
    ];
  };
};

const fleetOf = (object: KubernetesObject): Fleet => {
  const { fleet, problems } = readListedFleet(object);
  if (fleet !== undefined) return fleet;
  throw new InvalidInputError(problems.map((problem) => ({ ...problem, where: `${keyOf(object)}: ${problem.where}` })));
};
