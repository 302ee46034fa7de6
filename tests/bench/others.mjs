// What a decision costs in Node, and in engines that a user could pick instead; see `README.md` beside this file.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import * as cedarEngine from '@cedar-policy/cedar-wasm/nodejs'
import { newEnforcer } from 'casbin'

import { nanoseconds, waiting } from '../../bindings-node/timing.mjs'
import { Gate } from '../../bindings-node/toolgate/index.mjs'

const HERE = dirname(fileURLToPath(import.meta.url))
const { policy: POLICY, calls: CALLS } = JSON.parse(readFileSync(join(HERE, 'calls.json'), 'utf8'))

// An engine makes of a call what is timed: the engine asked about it, and its answer in our words.

function ours() {
  const gate = Gate.fromYaml(POLICY.join('\n'), { cwd: '/workspace', home: '/home/me' })
  return ({ tool, args }) =>
    () =>
      gate.guard(tool, args).verdict
}

/** Cedar compiled to WebAssembly. */
function cedar(prepared) {
  const text = readFileSync(join(HERE, 'policy.cedar'), 'utf8')
  const policies = { staticPolicies: text }
  if (prepared) cedarEngine.preparsePolicySet('calls', policies)
  // It names policies by their place.
  const names = [...text.matchAll(/@id\("(.*?)"\)/g)].map(([, name]) => name)
  return ({ tool, args }) => {
    const call = {
      principal: { type: 'Agent', id: 'sync' },
      action: { type: 'Action', id: tool },
      resource: { type: 'Tool', id: 'any' },
      context: args,
      entities: [],
      ...(prepared ? { preparsedPolicySetId: 'calls' } : { policies }),
    }
    const authorize = prepared ? cedarEngine.statefulIsAuthorized : cedarEngine.isAuthorized
    return () => {
      const answer = authorize(call)
      if (answer.type !== 'success') throw new Error(JSON.stringify(answer))
      const { decision, diagnostics } = answer.response
      const reasons = diagnostics.reason.map((id) => names[Number(id.replace('policy', ''))])
      return verdict(decision === 'allow', reasons)
    }
  }
}

/** Casbin with a matcher over the text and the number of a call. */
async function casbin() {
  const enforcer = await newEnforcer(join(HERE, 'casbin.conf'), join(HERE, 'casbin.csv'))
  enforcer.addFunction('over', (amount, least) => amount > Number(least))
  return ({ tool, args }) => {
    const text = args.path ?? args.url ?? args.command ?? ''
    return waiting(async () => {
      const [allowed, row] = await enforcer.enforceEx(tool, text, args.amount ?? 0)
      return verdict(allowed, row.slice(3, 4))
    })
  }
}

/** The answer of an engine that only knows yes and no: what its deciding policies are called says the rest. */
function verdict(allowed, names) {
  if (allowed) return 'allow'
  return names.every((name) => name.startsWith('hold')) ? 'require_approval' : 'deny'
}

/** Nanoseconds of one call, of all of them in turn. */
async function each(engine, calls) {
  const asks = calls.map(engine)
  const work = asks[0].waits
    ? waiting(async () => {
        for (const ask of asks) await ask()
      })
    : () => asks.forEach((ask) => ask())
  return (await nanoseconds(work)) / asks.length
}

async function main() {
  const own = ours()
  const engines = {
    toolgate: own,
    'cedar-wasm, policies parsed once': cedar(true),
    'cedar-wasm, policies parsed each time': cedar(false),
    casbin: await casbin(),
  }
  console.log(
    `${''.padEnd(40)}${'of ten'.padStart(8)}${'ns a call'.padStart(12)}${'ours'.padStart(10)}${'x ours'.padStart(8)}`,
  )
  for (const [name, engine] of Object.entries(engines)) {
    const answers = await Promise.all(CALLS.map((call) => engine(call)()))
    const expressed = CALLS.filter(({ verdict }, index) => answers[index] === verdict)
    const [theirs, here] = [await each(engine, expressed), await each(own, expressed)]
    console.log(
      `${name.padEnd(40)}${String(expressed.length).padStart(8)}${theirs.toFixed(0).padStart(12)}` +
        `${here.toFixed(0).padStart(10)}${(theirs / here).toFixed(2).padStart(8)}`,
    )
  }
}

await main()
