export const POLICY = { pcrs: { 0: '', 1: '', 2: '', 16: '' } }
export function makeDocument (publicKey: Buffer): Buffer {
  return Buffer.from(JSON.stringify({ publicKey: publicKey.toString('hex') }))
}
export function makeForeignDocument (_publicKey: Buffer): Buffer {
  return Buffer.from(JSON.stringify({ error: 'PCR0 is other' }))
}
