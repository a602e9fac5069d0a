/** What an emitter may announce: by name of the event, what its listeners are given. */
export type EventMap = Readonly<Record<string, readonly unknown[]>>;

/** Lets any number of listeners hear of named events. They are called at once, in the order in which they were added. */
export class Emitter<Events extends EventMap> {
  private readonly listeners: { [Name in keyof Events]?: ((...given: Events[Name]) => void)[] } = {};

  on<Name extends keyof Events>(name: Name, listener: (...given: Events[Name]) => void): void {
    const listeners = this.listeners[name] ?? [];
    listeners.push(listener);
    this.listeners[name] = listeners;
  }

  emit<Name extends keyof Events>(name: Name, ...given: Events[Name]): void {
    for (const listener of this.listeners[name] ?? []) listener(...given);
  }
}
