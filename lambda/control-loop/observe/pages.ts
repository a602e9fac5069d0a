import type { ApiResource, KubernetesObject, KubernetesPort } from '../ports';
import type { Deadline } from './deadline';

/** Reads all pages of an answer; gives up between pages when the deadline has passed. */
export const allPages = async <Item>(
  deadline: Deadline,
  page: (token: string | undefined) => Promise<{ readonly items: readonly Item[]; readonly next?: string | undefined }>,
): Promise<readonly Item[]> => {
  const first = await page(undefined);
  if (!first.next) return first.items;
  const items = [...first.items];
  let token: string | undefined = first.next;
  while (token) {
    if (deadline.passed) throw new Error(`the deadline passed after ${items.length} items`);
    const answer: { readonly items: readonly Item[]; readonly next?: string | undefined } = await page(token);
    for (const item of answer.items) items.push(item);
    if (answer.next === token) throw new Error('the answer repeats its own page token');
    token = answer.next;
  }
  return items;
};

/** Lists all objects of a Kubernetes resource. */
export const listAll = (
  kubernetes: KubernetesPort,
  deadline: Deadline,
  resource: ApiResource,
  options: { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string } = {},
): Promise<readonly KubernetesObject[]> =>
  allPages(deadline, async (continueToken) => {
    const answer = await kubernetes.list(resource, continueToken === undefined ? options : { ...options, continueToken });
    return { items: answer.items, next: answer.continueToken };
  });
