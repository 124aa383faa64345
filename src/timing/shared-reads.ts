/** Lets identical simultaneous reads share one call. */
export function createSharedReads<T> (read: (key: string) => Promise<T>) {
  const underWay = new Map<string, Promise<T>>()

  /** Joins the read of this key that is under way, or starts one. */
  function join (key: string): Promise<T> {
    const joined = underWay.get(key)
    if (joined !== undefined) return joined
    const begun = read(key).finally(() => {
      if (underWay.get(key) === begun) underWay.delete(key)
    })
    underWay.set(key, begun)
    return begun
  }

  return {
    join,
    /** Keeps later reads from joining older ones, which may not show the latest change. */
    forget: () => underWay.clear(),
  }
}
