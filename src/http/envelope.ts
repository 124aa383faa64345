/** The envelope of a success; `extra` are further fields of the top level. */
export function success<Data, Extra extends object> (message: string, data: Data, extra: Extra = {} as Extra) {
  return { status: 'success' as const, message, data, ...extra }
}
