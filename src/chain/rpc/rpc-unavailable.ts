/**
 * The RPC endpoint cannot be reached or answers nonsense. The message continues a sentence that begins with the
 * endpoint's host, and holds neither the URL's path nor anything the endpoint wrote.
 */
export class RpcUnavailable extends Error {}

/** An answer was longer than what was asked for may take. */
export class RpcAnswerTooLong extends RpcUnavailable {
  constructor () {
    super('answered with far more data than was asked for')
  }
}

/** The provider lets fewer calls through than were needed in the time. */
export class RpcLimited extends RpcUnavailable {
  constructor () {
    super('did not let all calls through in time: the provider limits this plan')
  }
}
