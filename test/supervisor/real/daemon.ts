import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from 'tap'
import { isAlive, pidsWithEnvironment, until } from './processes.js'

/** Folder that `.ci/install-supervisors` has filled; the rows without their supervisor are skipped. */
const folder = process.env.SUPERVISORS_DIR
/** In CI, a row that cannot run is a failure. */
const isRequired = process.env.REQUIRE_SUPERVISORS === '1'

export type SupervisorName = 'go-0.7.3' | 'go-c2cae38' | 'go-0.7.4' | 'python-4.2.5'

export function isInstalled (name: SupervisorName): boolean {
  return folder !== undefined && existsSync(path.join(folder, name, 'supervisord'))
}

/** Option of tap: false, or why the row is skipped. Throws where skipping is not allowed. */
export function skipWithout (name: SupervisorName): string | false {
  if (isInstalled(name)) return false
  const reason = folder === undefined ? 'SUPERVISORS_DIR is not set, see .ci/install-supervisors' : `${folder} has no ${name}/supervisord`
  if (isRequired) throw new Error(`REQUIRE_SUPERVISORS=1, but ${reason}`)
  return reason
}

export interface Daemon {
  folder: string
  pid: number
  url: string
  /** A script that runs this supervisord with this configuration, for the ctl driver. */
  executable: string
  /** An environment entry that all its programs inherit. */
  marker: string
  signal (signal: NodeJS.Signals): void
  /** Kills it and waits for its end; its programs may live on. */
  kill (): Promise<void>
  /** Starts it again, after a kill. */
  start (): Promise<void>
  log (): string
}

export interface DaemonOptions { name: SupervisorName, transport?: 'http' | 'unix', programs: (folder: string) => string }

/** Starts a real supervisord with user `operator` and password `p@ss:w/rd`; ends it and its programs with the test. */
export async function startDaemon (t: Test, { name, transport = 'http', programs }: DaemonOptions): Promise<Daemon> {
  const home = mkdtempSync(path.join(tmpdir(), 'supervisor-test-'))
  const binary = path.join(String(folder), name, 'supervisord')
  const configuration = path.join(home, 'supervisord.conf')
  const port = await freePort()
  const server = transport === 'http' ? `[inet_http_server]\nport=127.0.0.1:${port}` : `[unix_http_server]\nfile=${home}/sock`
  const address = transport === 'http' ? `http://127.0.0.1:${port}` : `unix://${home}/sock`
  const marker = `SUPERVISOR_TEST=${home}`
  writeFileSync(configuration, configure({ home, server, address, programs: programs(home) }))
  const executable = path.join(home, 'supervisord')
  writeFileSync(executable, `#!/bin/sh\nexec ${binary} -c ${configuration} "$@"\n`)
  chmodSync(executable, 0o700)
  let child: ChildProcess

  const daemon: Daemon = {
    folder: home,
    pid: 0,
    url: address.replace('://', '://operator:p%40ss%3Aw%2Frd@'),
    executable,
    marker,
    signal: signal => process.kill(daemon.pid, signal),
    async kill () {
      child.kill('SIGKILL')
      await until('the daemon ends', () => !isAlive(daemon.pid))
    },
    async start () {
      child = spawn(binary, [...(name.startsWith('python') ? ['-n'] : []), '-c', configuration], {
        cwd: home, stdio: ['ignore', 'ignore', 'ignore'], env: { PATH: process.env.PATH, SUPERVISOR_TEST: home },
      })
      daemon.pid = Number(child.pid)
      await until('the daemon answers', () => isReady(address))
    },
    log: () => readFileSync(path.join(home, 'daemon.log'), 'utf8'),
  }

  t.teardown(async () => {
    for (const pid of pidsWithEnvironment(marker)) process.kill(pid, 'SIGKILL')
    await until('all processes of the daemon end', () => pidsWithEnvironment(marker).length === 0)
    rmSync(home, { recursive: true, force: true })
  })
  await daemon.start()
  return daemon
}

function configure ({ home, server, address, programs }: { home: string, server: string, address: string, programs: string }): string {
  return `[supervisord]
nodaemon=true
logfile=${home}/daemon.log
pidfile=${home}/daemon.pid
childlogdir=${home}
${server}
username=operator
password=p@ss:w/rd
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=${address}
username=operator
password=p@ss:w/rd
${programs}`
}

function isReady (address: string): Promise<boolean> {
  return new Promise(resolve => {
    const isUnix = address.startsWith('unix://')
    const socket = isUnix ? connect(address.slice('unix://'.length)) : connect(Number(new URL(address).port), '127.0.0.1')
    socket.on('error', () => resolve(false)).on('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
