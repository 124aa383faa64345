/** Builds the envelope of a success. `extra` adds fields to the top level. */
export function success<Data, Extra extends object> (message: string, data: Data, extra: Extra = {} as Extra) {
  return { status: 'success' as const, message, data, ...extra }
}
