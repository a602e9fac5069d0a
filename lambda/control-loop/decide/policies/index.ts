// Written from lambda/control-loop/contract/policies.ts by `npm run generate`: change it there.

import type { policies as facts, PolicyName } from '../../contract/policies';
import { optimizerPolicy } from './optimizer';
import type { Policy } from './policy';
import { staticPolicy } from './static';
import { twoModePolicy } from './two-mode';

/** Every policy by name, each bound to the strategies that the contract states for it. */
export type Policies = { readonly [Name in PolicyName]: Policy<(typeof facts)[Name]['strategies'][number]> };

export const policies: Policies = { TwoMode: twoModePolicy, Optimizer: optimizerPolicy, Static: staticPolicy };
