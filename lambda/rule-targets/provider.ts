import { begin, type Progress, proceed, type Started } from './handle';
import type { World } from './ports';
import { requestOf } from './request';

/** The answer to the first call of a request. */
export interface Begun extends Started {
  readonly StartedAtSeconds: number;
}

/**
 * A function for CDK's provider framework that answers both of its calls. The first answer says when the request began; the framework adds
 * it to the event of every later call, which tells those from the first.
 */
export const createHandler =
  (connect: () => World) =>
  async (event: unknown): Promise<Begun | Progress> => {
    const world = connect();
    const request = requestOf(event);
    if (request.startedAtSeconds !== undefined) return proceed(request, world);
    return { ...(await begin(request, world)), StartedAtSeconds: Math.floor(world.nowSeconds()) };
  };
