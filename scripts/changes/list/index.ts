import type { Change } from './change';
import { clusterChanges, loopChanges } from './cluster';
import { fleetChanges, settingChanges } from './fleets';
import { poolChanges } from './pools';
import { routerChanges } from './routers';
import { unitChanges } from './units';

/** All changes of the page, in its order. */
export const chapters: readonly { readonly title: string; readonly changes: readonly Change[] }[] = [
  { title: 'Units', changes: unitChanges },
  { title: 'Pools', changes: poolChanges },
  { title: 'Settings of a fleet', changes: settingChanges },
  { title: 'Fleets', changes: fleetChanges },
  { title: 'Router', changes: routerChanges },
  { title: 'Cluster and stack', changes: clusterChanges },
  { title: 'Control loop', changes: loopChanges },
];
