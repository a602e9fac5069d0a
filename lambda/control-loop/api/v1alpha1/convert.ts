import type * as model from '../../model/fleet';
import type { FleetSpec } from './schema';

/** What a spec of this version describes: its router is a listener rule, and the backends of its units are target groups. */
export const toModel = ({ router, units, ...rest }: FleetSpec): model.FleetSpec => ({
  ...rest,
  ...(router === undefined ? {} : { router: { kind: 'AlbListenerRule', listenerRuleArn: router.listenerRuleArn } }),
  units: units.map(({ targetGroupArn, ...unit }) =>
    targetGroupArn === undefined ? unit : { ...unit, backend: { kind: 'AlbTargetGroup', targetGroupArn } },
  ),
});
