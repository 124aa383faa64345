import t from 'tap'
import { createOccasionalReport } from '../../src/timing/occasional-report.js'
import { createTokenBucket } from '../../src/timing/token-bucket.js'

t.test('a burst at once, then so many a second, and never more than a burst', async t => {
  let time = 0
  const bucket = createTokenBucket({ burst: 3, perSecond: 2, now: () => time })
  t.same([bucket.take(), bucket.take(), bucket.take()], [0, 0, 0])
  t.equal(bucket.take(), 0.5)
  time = 250
  t.equal(bucket.take(), 0.25)
  time = 500
  t.same([bucket.take(), bucket.take()], [0, 0.5])
  time = 1e9
  t.same([bucket.take(), bucket.take(), bucket.take(), bucket.take()], [0, 0, 0, 0.5])
})

t.test('many events, few reports, and every event is counted', async t => {
  let time = 0
  const reports: number[] = []
  const event = createOccasionalReport({ intervalMs: 1000, report: count => reports.push(count), now: () => time })
  for (time = 0; time <= 5000; time += 100) event()
  t.same(reports, [1, 10, 10, 10, 10, 10])
})
