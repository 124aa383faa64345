import { Type } from '@sinclair/typebox'
import { BenchmarkResult } from '../../schemas/benchmark.js'
import { Success } from '../../schemas/common.js'
import { ConfigurationNotes, RestartNotes } from '../../schemas/configuration.js'
import { GeneratorConfigView, RuntimeConfigView } from '../../schemas/configuration-views.js'
import { EncryptedAnswer } from '../../schemas/encrypted.js'
import { Logs } from '../../schemas/logs.js'
import { PreflightReport } from '../../schemas/preflight.js'
import { OperationAnswers, StatusAnswers } from '../../schemas/process.js'
import { PublicKeys } from '../../schemas/public-keys.js'
import { Signature } from '../../schemas/signing.js'

const { warnings: Warnings } = ConfigurationNotes

/** The successes that the endpoints answer, made of the service's own schemas. */
export const ApiKeyAnswer = Success(Type.String())
export const RotationAnswer = Success(Type.Null())
export const StatusAnswer = StatusAnswers[200]
export const OperationAnswer = OperationAnswers[200]
export const ChangeAnswer = Success(Type.Null(), ConfigurationNotes)
export const PublicKeysAnswer = Success(PublicKeys)
export const SignatureAnswer = Success(Signature, { warnings: Warnings })
export const GeneratorConfigAnswer = Success(GeneratorConfigView, RestartNotes)
export const RuntimeConfigAnswer = Success(RuntimeConfigView, RestartNotes)
export const PreflightAnswer = Success(PreflightReport)
export const BenchmarkAnswer = Success(BenchmarkResult)
export const LogsAnswer = Success(Logs)
/** What an encrypted request is answered, before it is opened. */
export const SealedAnswer = Success(EncryptedAnswer)
