import { describe, expect, it } from 'vitest';
import { maskedTemplate } from '../../lib/assertions';
import { built, idOf } from './support/fixture';
import { newFleet } from './support/fleet';

/** The one snapshot of a whole fleet. Variants are compared with it in `adaptive-inference-variants.test.ts`. */
describe('the template of a fleet', () => {
  it('with everything at its default, which makes the Kubernetes API private', () => {
    const { template } = built((stack) => newFleet(stack));
    const { Resources, ...rest } = maskedTemplate(template) as { Resources: { [id: string]: { Properties: object } } };
    // The definition of fleets is a generated file of its own, whose changes are reviewed there.
    const definition = idOf(template, 'Custom::AWSCDK-EKS-KubernetesResource', /InferenceFleetCrd/);
    Resources[definition]!.Properties = { ...Resources[definition]!.Properties, Manifest: '<the generated definition>' };
    expect({ ...rest, Resources }).toMatchSnapshot();
  });
});
