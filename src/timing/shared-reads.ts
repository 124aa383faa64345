export interface SharedReads<T> {
  /** Joins the read of that key which is under way, or begins one. */
  join (key: string): Promise<T>
  /** Reads that begin from now on do not join older ones: those may not show what has just been changed. */
  forget (): void
}

/** Identical reads at the same time share one call. */
export function createSharedReads<T> (read: (key: string) => Promise<T>): SharedReads<T> {
  const underWay = new Map<string, Promise<T>>()

  function join (key: string): Promise<T> {
    const joined = underWay.get(key)
    if (joined !== undefined) return joined
    const begun = read(key).finally(() => {
      if (underWay.get(key) === begun) underWay.delete(key)
    })
    underWay.set(key, begun)
    return begun
  }

  return { join, forget: () => underWay.clear() }
}
