/**
 * Limits how many actions with the same key run at once in this process. Further ones are not run, and do not wait.
 * Example: with 3 slots for each receiver, one that never answers keeps 3 requests open, however many events it gets.
 */
export function createPlaces(mostForKey: number) {
  const taken = new Map<string, number>();
  return {
    /** Runs the action and returns true, or returns false if all slots of the key are taken. */
    async run(key: string, act: () => Promise<void>): Promise<boolean> {
      const running = taken.get(key) ?? 0;
      if (running >= mostForKey) return false;
      taken.set(key, running + 1);
      try {
        await act();
        return true;
      } finally {
        const left = (taken.get(key) ?? 0) - 1;
        if (left > 0) taken.set(key, left);
        else taken.delete(key);
      }
    },
  };
}
