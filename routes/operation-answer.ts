import type { FastifyReply } from 'fastify'
import { success } from '../src/http/envelope.js'
import { describeProcess, type Subject } from '../src/supervisor/sentences.js'
import type { ManagedResult } from '../src/supervisor/control.js'

const NOTHING_TO_DO = { started: 'already running', restarted: 'already running', stopped: 'not running' }

/** 200 for what is done or was so before, 202 for what is still under way. */
export function sendOperation (reply: FastifyReply, subject: Subject, verb: keyof typeof NOTHING_TO_DO, { outcome, process }: ManagedResult) {
  if (outcome === 'pending') {
    return reply.code(202).send(success(describeProcess(subject, process), null, { process }))
  }
  const message = outcome === 'unchanged' ? `${subject} is ${NOTHING_TO_DO[verb]}` : `${subject} ${verb}`
  return reply.send(success(message, null, { process }))
}
