import { median, printTable } from '../measure.js'
import { type Program, run } from '../process.js'

const NAMES: Record<Program, string> = {
  bare: 'Fastify alone', bareBundle: 'Fastify alone, bundled', service: 'service', unbundled: 'service as tsc builds it'
}

/**
 * Prints the time of each program to its first answer. The programs take turns, so that other work on the machine meets
 * all.
 */
export async function measureStart ({ rounds, programs }: { rounds: number, programs: Program[] }): Promise<void> {
  const figures = new Map(programs.map(program => [program, { wall: [] as number[], cpu: [] as number[] }]))
  for (let round = 0; round < rounds; round++) {
    for (const [program, { wall, cpu }] of figures) {
      const running = await run(program)
      wall.push(running.startMs)
      cpu.push(running.startCpuMs)
      await running.end()
    }
  }
  const rows = [...figures].map(([program, { wall, cpu }]) => ({
    name: NAMES[program], wall: median(wall), cpu: median(cpu)
  }))
  const [bare] = rows
  printTable(
    [
      `cold start to the first answer, median of ${rounds}`,
      'ms',
      `over ${bare!.name} (target: at most 200)`,
      'CPU ms',
      'over it',
    ],
    rows.map(({ name, wall, cpu }) => [
      name, wall.toFixed(0), (wall - bare!.wall).toFixed(0), cpu.toFixed(0), (cpu - bare!.cpu).toFixed(0)
    ])
  )
}
