import type { AnswerHeaders } from '../../outgoing/http-client.js'

export interface RpcError { code: number, message: string }

/** -32005 is EIP-1474's, -32016, -32029 and -32097 single providers'. 429 is HTTP's status inside a batch entry. */
const LIMIT_CODES = [-32005, -32016, -32029, -32097, 429]
/** Providers with codes such as 15, -32000, -32007 or -32011 say it in words. */
const LIMIT_WORDS = /rate.?limit|too many request|requests? limit|per (second|minute|day)|compute units|throughput|throttl|quota|credits|capacity/i
const READ_LENGTH = 500
/** JSON-RPC 2.0, section 5.1: Invalid Request. */
const INVALID_REQUEST = -32600

/** Tells whether the provider refuses the call for its limit. The words of a reverting contract do not count. */
export function isLimit (error: RpcError): boolean {
  if (isRevert(error) || isAboutBatches(error)) return false
  return LIMIT_CODES.includes(error.code) || LIMIT_WORDS.test(error.message.slice(0, READ_LENGTH))
}

/** Tells whether the provider refuses batches, or batches of this size. */
export function isBatchRefusal (error: RpcError): boolean {
  return error.code === INVALID_REQUEST || (isAboutBatches(error) && !isRevert(error))
}

function isAboutBatches ({ message }: RpcError): boolean {
  return /\bbatch/i.test(message.slice(0, READ_LENGTH))
}

/** Tells whether the contract refuses the call: 3 in geth, reth and anvil, -32015 in Nethermind, words in others. */
export function isRevert ({ code, message }: RpcError): boolean {
  return code === 3 || code === -32015 || /revert|invalid opcode|vm execution error/i.test(message.slice(0, READ_LENGTH))
}

/** Reads Retry-After, seconds or a date (RFC 9110, section 10.2.3). Returns milliseconds, or null for no valid time. */
export function retryAfterMs ({ 'retry-after': header }: AnswerHeaders): number | null {
  const text = String(header)
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return milliseconds > 0 ? milliseconds : null
}
