/** The message follows the endpoint's host in a sentence. It holds neither the URL's path nor the endpoint's text. */
export class RpcUnavailable extends Error {}

export class RpcAnswerTooLong extends RpcUnavailable {
  constructor () {
    super('answered with far more data than was asked for')
  }
}

/** The provider admitted fewer calls than the operation needed. */
export class RpcLimited extends RpcUnavailable {
  constructor () {
    super('did not let all calls through in time: the provider limits this plan')
  }
}
