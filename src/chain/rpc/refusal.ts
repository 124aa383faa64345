import type { AnswerHeaders } from '../../outgoing/http-client.js'

export interface RpcError { code: number, message: string }

/**
 * Codes of a limit, as providers use them: -32005 is of EIP-1474; -32016, -32029 and -32097 are some providers' own, and 429 is HTTP's,
 * put into a batch's entry.
 */
const LIMIT_CODES = [-32005, -32016, -32029, -32097, 429]
/** Providers that use codes such as 15, -32000, -32007 or -32011 say it in words. */
const LIMIT_WORDS = /rate.?limit|too many request|requests? limit|per (second|minute|day)|compute units|throughput|throttl|quota|credits|capacity/i
/** A message is looked at no further. */
const READ_LENGTH = 500
/** JSON-RPC 2.0, section 5.1: Invalid Request. */
const INVALID_REQUEST = -32600

/** Whether the provider refuses the call because there were too many. What a contract says when it reverts is not meant. */
export function isLimit (error: RpcError): boolean {
  if (isRevert(error) || isAboutBatches(error)) return false
  return LIMIT_CODES.includes(error.code) || LIMIT_WORDS.test(error.message.slice(0, READ_LENGTH))
}

/** Whether the provider takes no batches, or none of this size. */
export function isBatchRefusal (error: RpcError): boolean {
  return error.code === INVALID_REQUEST || (isAboutBatches(error) && !isRevert(error))
}

function isAboutBatches ({ message }: RpcError): boolean {
  return /\bbatch/i.test(message.slice(0, READ_LENGTH))
}

/** Whether the contract refuses the call. 3 is the code of geth, reth and anvil, -32015 of Nethermind; others say it in words. */
export function isRevert ({ code, message }: RpcError): boolean {
  return code === 3 || code === -32015 || /revert|invalid opcode|vm execution error/i.test(message.slice(0, READ_LENGTH))
}

/** Milliseconds that a Retry-After header asks for, in seconds or as a date (RFC 9110, section 10.2.3); null: none, or no time at all. */
export function retryAfterMs ({ 'retry-after': header }: AnswerHeaders): number | null {
  const text = String(header)
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return milliseconds > 0 ? milliseconds : null
}
