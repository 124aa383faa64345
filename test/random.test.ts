import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { seeded } from './seeded.js'

t.test('the same seed draws the same numbers, from 0 up to 1', async t => {
  const draw = (seed: number) => Array.from({ length: 1000 }, seeded(seed))
  t.same(draw(7), draw(7))
  t.notSame(draw(7), draw(8))
  t.ok(draw(7).every(number => number >= 0 && number < 1))
  t.ok(new Set(draw(7)).size > 990)
})

t.test('no test draws numbers whose seed is not printed', async t => {
  const names = (await readdir(import.meta.dirname, { recursive: true })).filter(name => /\.(ts|mjs)$/.test(name))
  const unseeded: string[] = []
  for (const name of names) {
    const text = await readFile(`${import.meta.dirname}/${name}`, 'utf8')
    if (name !== 'random.ts' && /Math\.rando[m]/.test(text)) unseeded.push(name)
  }
  t.same(unseeded, [])
})
