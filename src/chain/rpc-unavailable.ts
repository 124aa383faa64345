/**
 * The RPC endpoint cannot be reached or answers nonsense. The message continues a sentence that begins with the
 * endpoint's host, and holds neither the URL's path nor anything the endpoint wrote.
 */
export class RpcUnavailable extends Error {}
