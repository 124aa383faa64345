import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { freePort } from '../../../tools/demo/free-port.js'
import { isFrozen, killIfThere, pidsWithEnvironment, until } from './processes.js'

/** Folder that `.ci/install-supervisors` has filled. Rows without their supervisor are skipped. */
const folder = process.env.SUPERVISORS_DIR
/** CI fails if a row cannot run. */
const isRequired = process.env.REQUIRE_SUPERVISORS === '1'

export type SupervisorName =
  'go-0.7.3' | 'go-c2cae38' | 'go-0.7.4' | 'go-head' | 'python-4.2.5' | 'python-4.3.0' | 'stand-in'

/** Has the habits of Go builds that no registry has, so that CI can drive them. It is always there. */
const STAND_IN = fileURLToPath(new URL('../../fixtures/stand-in/supervisord.mjs', import.meta.url))

function executableOf (name: SupervisorName): string | undefined {
  if (name === 'stand-in') return STAND_IN
  return folder === undefined ? undefined : path.join(folder, name, 'supervisord')
}

export function isInstalled (name: SupervisorName): boolean {
  return existsSync(executableOf(name) ?? '')
}

/** Option of tap: false, or the reason to skip the row. Throws if skipping is not allowed. */
export function skipWithout (name: SupervisorName): string | false {
  if (isInstalled(name)) return false
  const reason =
    folder === undefined
      ? 'SUPERVISORS_DIR is not set, see .ci/install-supervisors'
      : `${folder} has no ${name}/supervisord`
  if (isRequired) throw new Error(`REQUIRE_SUPERVISORS=1, but ${reason}`)
  return reason
}

export interface Daemon {
  folder: string
  url: string
  /** A script that runs this supervisord with this configuration, for the ctl driver. */
  executable: string
  /** An environment entry that all its programs inherit. */
  marker: string
  /** SIGSTOP: its sockets still take connections, but it answers nothing. */
  freeze (): Promise<void>
  /** SIGCONT. */
  thaw (): void
  /** Kills it and waits for its end. Its programs may live on. */
  kill (): Promise<void>
  /** Starts it, also after a kill, and waits until it listens. */
  start (): Promise<void>
}

export interface RunOptions {
  name: SupervisorName
  home: string
  configuration: string
  /** Its future URL, without user and password. */
  address: string
  environment?: Record<string, string>
}

/** A real supervisord with a configuration file, not started yet. The test ends it and its programs. */
export async function runDaemon (
  t: Pick<Test, 'teardown'>,
  { name, home, configuration, address, environment = {} }: RunOptions
): Promise<Daemon> {
  const binary = String(executableOf(name))
  const marker = `SUPERVISOR_TEST=${home}`
  const executable = path.join(home, 'supervisord')
  writeFileSync(executable, `#!/bin/sh\nexec ${binary} -c ${configuration} "$@"\n`)
  chmodSync(executable, 0o700)
  let child: ChildProcess

  async function start (): Promise<void> {
    const words = [...(name.startsWith('python') ? ['-n'] : []), '-c', configuration]
    child = spawn(binary, words, {
      cwd: home, stdio: 'ignore', env: { PATH: process.env.PATH, SUPERVISOR_TEST: home, ...environment }
    })
    await until('the daemon listens', () => isListening(address))
  }

  async function kill (): Promise<void> {
    // Its socket is free once the last of its threads has ended. The kernel reports its end then.
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  t.teardown(async () => {
    // The daemon may start programs at its last moment, too.
    await until('all processes of the daemon end', () => {
      const pids = pidsWithEnvironment(marker)
      for (const pid of pids) killIfThere(pid)
      return pids.length === 0
    })
  })
  return {
    folder: home,
    url: address.replace('://', '://operator:p%40ss%3Aw%2Frd@'),
    executable,
    marker,
    async freeze () {
      child.kill('SIGSTOP')
      await until('all threads of the daemon stand still', () => isFrozen(Number(child.pid)))
    },
    thaw: () => { child.kill('SIGCONT') },
    kill,
    start,
  }
}

export interface DaemonOptions {
  name: SupervisorName
  transport: 'http' | 'unix'
  programs: (folder: string) => string
}

/** Starts a real supervisord with user `operator`, password `p@ss:w/rd` and the program sections. */
export async function startDaemon (
  t: Pick<Test, 'teardown'>,
  { name, transport, programs }: DaemonOptions
): Promise<Daemon> {
  const home = mkdtempSync(path.join(tmpdir(), 'supervisor-test-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const port = await freePort()
  const server =
    transport === 'http' ? `[inet_http_server]\nport=127.0.0.1:${port}` : `[unix_http_server]\nfile=${home}/sock`
  const address = transport === 'http' ? `http://127.0.0.1:${port}` : `unix://${home}/sock`
  const configuration = path.join(home, 'supervisord.conf')
  writeFileSync(configuration, configure({ home, server, address, programs: programs(home) }))
  const daemon = await runDaemon(t, { name, home, configuration, address })
  await daemon.start()
  return daemon
}

function configure ({
  home, server, address, programs
}: {
  home: string, server: string, address: string, programs: string
}): string {
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

function isListening (address: string): Promise<boolean> {
  return new Promise(resolve => {
    const isUnix = address.startsWith('unix://')
    const socket = isUnix
      ? connect(address.slice('unix://'.length))
      : connect(Number(new URL(address).port), '127.0.0.1')
    socket.on('error', () => resolve(false)).on('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
