import type { policies as facts, PolicyName } from '../../contract/policies';
import type { Policy } from './policy';
import { staticPolicy } from './static';
import { twoMode } from './two-mode';

/** Every policy by name, each bound to the strategies that the contract states for it. */
export type Policies = { readonly [Name in PolicyName]: Policy<(typeof facts)[Name]['strategies'][number]> };

/** To add a policy: its entry in `contract/policies.ts`, its function in a file beside this one, and its line here. */
export const policies: Policies = { TwoMode: twoMode, Static: staticPolicy };
