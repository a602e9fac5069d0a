/** A clock on which several asynchronous actors take turns: time passes only when all of them sleep. */
export class VirtualTime {
  nowSeconds: number;

  private readonly sleepers: { atSeconds: number; order: number; wake: () => void }[] = [];
  private slept = 0;

  constructor(startSeconds: number) {
    this.nowSeconds = startSeconds;
  }

  sleep(seconds: number): Promise<void> {
    return new Promise((wake) => {
      this.slept += 1;
      this.sleepers.push({ atSeconds: this.nowSeconds + seconds, order: this.slept, wake });
    });
  }

  /** Lets an actor and everyone else go on until that actor is done. */
  async until<T>(actor: Promise<T>): Promise<T> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    actor.then(end, end);
    while (!(await settled(() => isDone))) {
      const next = this.sleepers.sort((one, other) => one.atSeconds - other.atSeconds || one.order - other.order).shift();
      if (next === undefined) throw new Error('everyone waits, and nobody sleeps');
      this.nowSeconds = next.atSeconds;
      next.wake();
    }
    return actor;
  }
}

/** Whether something is so when everything that can go on without time has gone on. */
const settled = async (isDone: () => boolean): Promise<boolean> => {
  await new Promise((resolve) => setImmediate(resolve));
  return isDone();
};
