'use strict'

// What a call says beside its tool and its arguments, and what holds for all calls within a context.

const { AsyncLocalStorage } = require('node:async_hooks')

const native = require('./native.cjs')
const { copied } = require('./values.cjs')

/** What is said of one call, never of a context. */
const OF_A_CALL = ['callId', 'approval', 'estimatedCostUsd']
const NAMES = [...OF_A_CALL, 'principal', 'session', 'framework', 'server', 'cwd', 'signals', 'labels']

/** The facts that hold here, outermost first: JSON text of a list, or undefined. */
const ambient = new AsyncLocalStorage()

function context(facts, fn) {
  const own = OF_A_CALL.find((name) => checkNames(facts, [])[name] !== undefined)
  if (own !== undefined) throw new TypeError(`\`${own}\` is of one call, not of a context`)
  if (typeof fn !== 'function') throw new TypeError('`fn` is a function')
  return ambient.run(readable(facts), fn)
}

function readable(facts) {
  try {
    const text = joined(facts)
    native.checkFacts(text ?? '[]')
    return text
  } catch (error) {
    throw new TypeError(error.message)
  }
}

/** `facts`, if every name is one of a fact's: one that nobody knows may have been meant to restrict. */
function checkNames(facts, others) {
  for (const name of Object.keys(facts ?? {})) {
    if (!NAMES.includes(name) && !others.includes(name)) throw new TypeError(`a call has no fact \`${name}\``)
  }
  return facts ?? {}
}

/** The ambient facts and then these, as JSON text of a list; undefined if there are none. */
function joined(facts) {
  const outer = ambient.getStore()
  const own = written(facts)
  if (own === '') return outer
  return outer === undefined ? `[{${own}}]` : `${outer.slice(0, -1)},{${own}}]`
}

function written(facts) {
  let entries = ''
  for (const name of NAMES) {
    const fact = facts?.[name]
    if (fact !== undefined && fact !== null) entries += `${entries && ','}"${name}":${copied(fact, name).text}`
  }
  return entries
}

module.exports = { ambient, checkNames, context, joined }
