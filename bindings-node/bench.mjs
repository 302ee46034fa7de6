// What a guarded call costs in Node, beside the bare crossing into native code and other yardsticks.
//
// `make bench` runs it on a release build. The ratios compare rows of one run.

import { mkdtempSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Gate, guarded } from 'toolgate'

import { nanoseconds, waiting } from './timing.mjs'

const require = createRequire(import.meta.url)
const native = require('./toolgate/native.cjs')
const { Call } = require('./toolgate/call.cjs')

const RULES = Array.from(
  { length: 9 },
  (_, n) => `  - { id: rule-${n}, match: { action: file.write, target: /srv/${n}/** }, decision: deny }`,
)
const POLICY = `
version: 1
default: require_approval
tools:
  file.read: { decision: allow, allowed_paths: [/workspace/] }
  http.request: { decision: allow, allowed_domains: [api.github.com], allowed_methods: [GET] }
  create_charge: { decision: allow }
rules:
${RULES.join('\n')}
`
const ARGS = {
  amount: 2000,
  currency: 'eur',
  customer: 'cus_9s6XKzkNRiz8i3',
  description: 'Invoice 2026-0117, services of October',
  metadata: { order: 'A-7731', channel: 'agent', retries: 0, tags: ['october', 'services', 'net30'] },
  items: [
    { sku: 'S-100', quantity: 2, price: 750.5 },
    { sku: 'S-200', quantity: 1, price: 499 },
  ],
}
const TOOL = 'stripe.charges.create'

function rows() {
  const gate = Gate.fromYaml(POLICY, { audit: false })
  const logged = Gate.fromYaml(POLICY, { audit: mkdtempSync(join(tmpdir(), 'toolgate-bench-')) })
  const text = JSON.stringify(ARGS)
  const principal = { id: 'agent:finance-sync', role: 'prod' }
  const charge = guarded(gate, TOOL, ({ amount }) => amount)
  if (!gate.guard(TOOL, ARGS).allowed || gate.guard(TOOL, { amount: new Date() }).allowed)
    throw new Error('it does not work')
  return {
    [BARE]: () => {
      const call = new Call(TOOL, ARGS)
      native.convertOnly(call.tool, call.form, call.text)
    },
    'the same by JSON.stringify, nothing checked': () => native.convertOnly(TOOL, 0, JSON.stringify(ARGS)),
    'gate.guard': () => gate.guard(TOOL, ARGS),
    'gate.guard, principal and session': () => gate.guard(TOOL, ARGS, { principal, session: 'run-7' }),
    'gate.guard, one path': () => gate.guard('read_file', { path: '/workspace/src/main.py' }),
    'gate.guard, JSON text': () => gate.guard(TOOL, text),
    'gate.guard, and its reason': () => gate.guard(TOOL, ARGS).reason,
    'gate.run': waiting(() => gate.run(TOOL, ARGS, ({ amount }) => amount)),
    'a function under guarded': waiting(() => charge(ARGS)),
    'gate.guardAsync, which need not wait': waiting(() => gate.guardAsync(TOOL, ARGS)),
    'gate.guard, recorded on disk': () => logged.guard(TOOL, ARGS),
    'JSON.stringify of the arguments': () => JSON.stringify(ARGS),
  }
}

const BARE = 'bare crossing that converts the arguments'

async function main() {
  let bare
  console.log(`${''.padEnd(48)}${'ns'.padStart(10)}${'x bare'.padStart(9)}`)
  for (const [name, work] of Object.entries(rows())) {
    const time = await nanoseconds(work)
    bare ??= time
    console.log(`${name.padEnd(48)}${time.toFixed(0).padStart(10)}${(time / bare).toFixed(2).padStart(9)}`)
  }
}

await main()
