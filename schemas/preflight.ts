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

/** All findings; `startable`: a start would get past them. `chain_checks` is the variable CHAIN_CHECKS. */
export const PreflightReport = Type.Object({
  startable: Type.Boolean(),
  chain_checks: Type.String(),
  checks: Type.Array(Check),
})
