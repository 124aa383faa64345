import { Type } from '@sinclair/typebox'

const Text = Type.Union([Type.String(), Type.Null()])

/** One finding: PreflightCheck of src/chain/checks/findings.ts. */
const Check = Type.Object({
  name: Type.String(),
  result: Type.String(),
  message: Type.String(),
  remedy: Text,
  code: Text,
  finding: Text,
})

/** `startable`: a start would pass all checks. `chain_checks`: the variable CHAIN_CHECKS. */
export const PreflightReport = Type.Object({
  startable: Type.Boolean(),
  chain_checks: Type.String(),
  checks: Type.Array(Check),
})
