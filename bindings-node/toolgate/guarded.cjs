'use strict'

// Wraps a tool so that it runs only if the policy allows the call.

const { types } = require('node:util')

const { Call } = require('./call.cjs')
const { defaultGate } = require('./default.cjs')
const { checkNames } = require('./facts.cjs')
const { nativeOf } = require('./gate.cjs')
const { run, stream } = require('./run.cjs')

function guarded(...parameters) {
  const [gate, tool, fn, options] = typeof parameters[0] === 'string' ? [undefined, ...parameters] : parameters
  if (gate !== undefined) nativeOf(gate)
  if (typeof tool !== 'string') throw new TypeError('`tool` is the name of a tool')
  if (typeof fn !== 'function' || isClass(fn)) throw new TypeError('`guarded` wraps functions')
  if (typeof options !== 'function') checkNames(options, ['signal'])
  const wrapper = (types.isGeneratorFunction(fn) ? streaming : running)(gate, tool, fn, options)
  return Object.defineProperties(wrapper, { name: { value: fn.name, configurable: true } })
}

function running(gate, tool, fn, options) {
  return async function (args, ...rest) {
    const { signal, ...facts } = said(options, rest)
    const call = new Call(tool, args, facts)
    return run(nativeOf(gate ?? defaultGate()), call, (snapshot) => fn.call(this, snapshot, ...rest), signal)
  }
}

function streaming(gate, tool, fn, options) {
  return async function* (args, ...rest) {
    const { signal, ...facts } = said(options, rest)
    const call = new Call(tool, args, facts)
    return yield* stream(nativeOf(gate ?? defaultGate()), call, (snapshot) => fn.call(this, snapshot, ...rest), signal)
  }
}

/** The facts of one call, which may come from what the framework hands over beside the arguments. */
function said(options, rest) {
  return typeof options === 'function' ? checkNames(options(...rest), ['signal']) : (options ?? {})
}

function isClass(fn) {
  return Object.getOwnPropertyDescriptor(fn, 'prototype')?.writable === false
}

module.exports = { guarded }
