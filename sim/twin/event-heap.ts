/**
 * Request completions and user wake-ups by time: a binary heap over typed arrays that grows.
 *
 * Of its own rather than FlatQueue's, because almost every event brings about one new event (an answered user sends the next
 * request): that one takes the freed place at the top with one sift, where a pop and a push need two. `test/bench/requests.ts`
 * measures both.
 */
export class EventHeap {
  private times = new Float64Array(256);
  private ids = new Int32Array(256);
  /** Events, the vacant top included. */
  private length = 0;
  /** The top was taken and nothing took its place yet. */
  private vacant = false;

  get size(): number {
    return this.vacant ? this.length - 1 : this.length;
  }

  /** Time of the earliest event; infinity without any. */
  topTime(): number {
    if (this.vacant) {
      this.fillVacancy();
    }
    return this.length > 0 ? this.times[0]! : Number.POSITIVE_INFINITY;
  }

  /** Takes the event whose time `topTime` just told. */
  take(): number {
    this.vacant = true;
    return this.ids[0]!;
  }

  push(time: number, id: number): void {
    if (this.vacant) {
      this.vacant = false;
      this.siftDown(time, id);
      return;
    }
    if (this.length === this.times.length) {
      this.grow();
    }
    const { times, ids } = this;
    let position = this.length;
    this.length += 1;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      const parentTime = times[parent]!;
      if (time >= parentTime) {
        break;
      }
      times[position] = parentTime;
      ids[position] = ids[parent]!;
      position = parent;
    }
    times[position] = time;
    ids[position] = id;
  }

  private fillVacancy(): void {
    this.vacant = false;
    this.length -= 1;
    if (this.length > 0) {
      this.siftDown(this.times[this.length]!, this.ids[this.length]!);
    }
  }

  /** Puts an event where the top was. */
  private siftDown(time: number, id: number): void {
    const { times, ids, length } = this;
    let position = 0;
    for (let child = 1; child < length; child = 2 * position + 1) {
      const right = child + 1;
      if (right < length && times[right]! < times[child]!) {
        child = right;
      }
      const childTime = times[child]!;
      if (childTime >= time) {
        break;
      }
      times[position] = childTime;
      ids[position] = ids[child]!;
      position = child;
    }
    times[position] = time;
    ids[position] = id;
  }

  private grow(): void {
    const times = new Float64Array(2 * this.times.length);
    times.set(this.times);
    this.times = times;
    const ids = new Int32Array(2 * this.ids.length);
    ids.set(this.ids);
    this.ids = ids;
  }
}
