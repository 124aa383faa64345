import { Type } from '@sinclair/typebox'
import { MarketId } from './common.js'

export const MarketSelection = Type.Object({ market_id: Type.Optional(MarketId) }, { additionalProperties: false })
export const BenchmarkResult = Type.Object({ time_in_ms: Type.Integer() })
