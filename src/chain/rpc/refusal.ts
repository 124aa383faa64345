import type { AnswerHeaders } from '../../outgoing/http-client.js'

export interface RpcError { code: number, message: string }

/**
 * The codes of a limit. -32005 comes from EIP-1474. -32016, -32029 and -32097 are some providers' own. 429 is HTTP's, in an
 * entry of a batch.
 */
const LIMIT_CODES = [-32005, -32016, -32029, -32097, 429]
/** Providers with other codes, such as 15, -32000, -32007 or -32011, tell of a limit in words. */
const LIMIT_WORDS = /rate.?limit|too many request|requests? limit|per (second|minute|day)|compute units|throughput|throttl|quota|credits|capacity/i
/** The part of a message that is searched. */
const READ_LENGTH = 500
/** JSON-RPC 2.0, section 5.1: Invalid Request. */
const INVALID_REQUEST = -32600

/** Tells whether the provider refuses the call because there were too many. The words of a reverting contract do not count. */
export function isLimit (error: RpcError): boolean {
  if (isRevert(error) || isAboutBatches(error)) return false
  return LIMIT_CODES.includes(error.code) || LIMIT_WORDS.test(error.message.slice(0, READ_LENGTH))
}

/** Tells whether the provider takes no batches, or none of this size. */
export function isBatchRefusal (error: RpcError): boolean {
  return error.code === INVALID_REQUEST || (isAboutBatches(error) && !isRevert(error))
}

function isAboutBatches ({ message }: RpcError): boolean {
  return /\bbatch/i.test(message.slice(0, READ_LENGTH))
}

/** Tells whether the contract refuses the call. 3 is the code of geth, reth and anvil, -32015 that of Nethermind. */
export function isRevert ({ code, message }: RpcError): boolean {
  return code === 3 || code === -32015 || /revert|invalid opcode|vm execution error/i.test(message.slice(0, READ_LENGTH))
}

/** Returns the milliseconds of a Retry-After header, which has seconds or a date (RFC 9110, section 10.2.3), or null. */
export function retryAfterMs ({ 'retry-after': header }: AnswerHeaders): number | null {
  const text = String(header)
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return milliseconds > 0 ? milliseconds : null
}
