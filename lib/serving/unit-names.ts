import type { IConstruct } from 'constructs';
import { KEDA_AUTOSCALER_PREFIX, labels, MAX_NAME_LENGTH } from '../generated/contract';
import { claimName } from '../private/claims';
import { complain, kubernetesName } from '../private/validation';

/** Labels by which the control loop finds the pods of a unit. */
export const unitLabels = (fleetName: string, unitName: string): { [label: string]: string } => ({
  [labels.fleet]: fleetName,
  [labels.unit]: unitName,
});

/** KEDA puts its prefix before the name of a ScaledObject, and refuses a name that is then too long. */
const MAX_NAME = MAX_NAME_LENGTH - KEDA_AUTOSCALER_PREFIX.length;

/** The name of all objects of a unit, which no other unit of the namespace may have. */
export function claimUnitName(unit: IConstruct, cluster: IConstruct, namespace: string, fleetName: string, unitName: string): string {
  kubernetesName(unit, 'fleetName', fleetName);
  kubernetesName(unit, 'name', unitName);
  kubernetesName(unit, 'namespace', namespace);
  const name = `${fleetName}-${unitName}`;
  if (name.length > MAX_NAME) {
    complain(unit, {
      code: 'UnitNameTooLong',
      wrong: 'the names of fleet and unit are too long together, because KEDA creates an autoscaler `keda-hpa-<fleet>-<unit>`',
      given: name,
      expected: `at most ${MAX_NAME} characters, not ${name.length}`,
      fix: 'Shorten `fleetName` or `name`.',
    });
  }
  claimName(unit, cluster, 'unit', `${namespace}/${name}`);
  return name;
}
