import { readdir } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { median, printTable } from '../measure.js'
import { type Program, residentMemory, run } from '../process.js'

const NAMES: Record<Program, string> = {
  node: 'Node alone', bare: 'Fastify alone', service: 'service', unbundled: 'service as tsc builds it',
}
const BUNDLE = fileURLToPath(new URL('../../../bundle/', import.meta.url))

/**
 * Prints each program's time to its first answer, and its memory then. The first program is the limit. The programs
 * take turns, so that other work on the machine meets all.
 */
export async function measureStart ({ rounds, programs }: { rounds: number, programs: Program[] }): Promise<void> {
  await keepCompiledCode()
  const figures = new Map(programs.map(program => [
    program, { wall: [] as number[], cpu: [] as number[], memory: [] as number[] }
  ]))
  for (let round = 0; round < rounds; round++) {
    for (const [program, { wall, cpu, memory }] of figures) {
      const running = await run(program)
      wall.push(running.startMs)
      cpu.push(running.startCpuMs)
      memory.push(await residentMemory(running.pid))
      await running.end()
    }
  }
  const rows = [...figures].map(([program, { wall, cpu, memory }]) => ({
    name: NAMES[program], wall: median(wall), cpu: median(cpu), memory: median(memory),
  }))
  const [least] = rows
  const ratio = `by ${least!.name}`
  printTable(
    [
      `start to the first answer, Node ${process.versions.node}, median of ${rounds}`,
      'ms',
      ratio,
      'CPU ms',
      ratio,
      'resident MB',
    ],
    rows.map(({ name, wall, cpu, memory }) => [
      name, wall.toFixed(0), (wall / least!.wall).toFixed(1), cpu.toFixed(0), (cpu / least!.cpu).toFixed(1),
      memory.toFixed(0),
    ])
  )
}

/** The first start of a bundle keeps what V8 has compiled (tools/packaging/launcher.ts). */
async function keepCompiledCode (): Promise<void> {
  const service = await run('service')
  while (!(await readdir(BUNDLE)).some(name => name.includes(`.${process.version}.cache`))) await setTimeout(50)
  await service.end()
}
