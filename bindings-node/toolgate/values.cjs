'use strict'

// Copies plain values and writes them as the core reads them.
//
// Read are own enumerable properties of plain objects, arrays without holes, well-formed strings, finite numbers,
// bigints of 64 bits, booleans and null. Whatever could answer one thing here and another to the tool (a proxy, an
// accessor, an instance of a class) is refused, as is everything else, with its place. No code of the caller's runs
// meanwhile, and what comes out is a copy that nobody else has.

const { isProxy } = require('node:util').types

const native = require('./native.cjs')

const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf } = Object
const { isArray } = Array
const { isFinite, isInteger, isSafeInteger } = Number

const BYTES_MAX = 1 << 20
const DEPTH_MAX = 64
const NAME_CHARACTERS_MAX = 64
const INT_MAX = 2n ** 63n - 1n
const INT_MIN = -(2n ** 63n)

/** What cannot be read; `message` says where. */
class Fault {
  constructor(code, message) {
    this.code = code
    this.message = message
  }
}

/** A copy of `value`, and the JSON text of it; `name` is what messages call it. */
function copied(value, name) {
  const copier = new Copier(name)
  const copy = copier.copy(value, 0)
  return { copy, text: copier.isOdd || hasToJson() ? written(copy) : JSON.stringify(copy) }
}

/** The text, if it is one that UTF-8 can say. */
function text(value, name) {
  if (typeof value !== 'string') {
    throw new Fault('call.malformed_args', `\`${name}\` is ${kindIn(new Copier(name).copy(value, 0))}, not text`)
  }
  return new Copier(name).copy(value, 0)
}

/** JSON text from the core as values: whole numbers beyond 2^53 become bigints. */
function parsed(json) {
  return LONG_NUMBER.test(json) ? JSON.parse(native.exactJson(json), unmarked) : JSON.parse(json)
}

// Sixteen digits where a number may begin. A text may look like that too; then the long way gives the same.
const LONG_NUMBER = /[[:,]\s*-?\d{16}/

function unmarked(_, value) {
  if (typeof value !== 'string' || value.charCodeAt(0) !== 0) return value
  return value.charCodeAt(1) === 0 ? value.slice(1) : BigInt(value.slice(2))
}

/** The value, which nobody can change any more; once it is frozen, all of it is. */
function frozen(value) {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.values(value).forEach(frozen)
    Object.freeze(value)
  }
  return value
}

class Copier {
  /** Whether there is a number that `JSON.stringify` would write as another, or not at all. */
  isOdd = false
  #name
  #left = BYTES_MAX
  /** The keys and indices that lead to the value at hand; `level` of them are good. */
  #trail = []

  constructor(name) {
    this.#name = name
  }

  copy(value, level) {
    // Every value counts, so that a list which refers to one empty text over and over ends too.
    this.#spend(8)
    switch (typeof value) {
      case 'string':
        return this.#text(value, level)
      case 'number':
        return this.#number(value, level)
      case 'boolean':
        return value
      case 'bigint':
        return this.#wholeNumber(value, level)
      case 'object':
        return value === null ? null : this.#container(value, level)
      default:
        throw this.#unsupported(value, level)
    }
  }

  #text(value, level) {
    this.#spend(value.length)
    if (!value.isWellFormed()) {
      throw this.#fault('call.unsupported_value', 'has a lone surrogate, so it is no text', level)
    }
    return value
  }

  #number(value, level) {
    if (!isSafeInteger(value)) {
      if (!isFinite(value)) throw this.#fault('call.number_out_of_range', 'is not a finite number', level)
      this.isOdd ||= isInteger(value)
    }
    // There is no negative zero in what the core reads as whole.
    return value === 0 ? 0 : value
  }

  #wholeNumber(value, level) {
    if (value < INT_MIN || value > INT_MAX) {
      throw this.#fault('call.number_out_of_range', 'does not fit in 64 bits', level)
    }
    this.isOdd = true
    return value
  }

  #container(value, level) {
    if (level === DEPTH_MAX) {
      throw this.#fault('call.args_too_deep', `is nested deeper than ${DEPTH_MAX} levels`, 0)
    }
    if (isProxy(value)) throw this.#unsupported(value, level)
    const prototype = getPrototypeOf(value)
    if (isArray(value)) {
      if (prototype === Array.prototype) return this.#list(value, level)
    } else if (prototype === Object.prototype || prototype === null) {
      return this.#mapping(value, level)
    }
    throw this.#unsupported(value, level)
  }

  #list(list, level) {
    // First, because to ask for its keys takes memory.
    if (list.length * 8 > this.#left) throw this.#tooLarge()
    if (getOwnPropertyNames(list).length !== list.length + 1 || getOwnPropertySymbols(list).length > 0) {
      throw this.#fault('call.unsupported_value', 'is a list with holes or with properties of its own', level)
    }
    const copy = []
    for (let index = 0; index < list.length; index++) {
      this.#trail[level] = index
      copy.push(this.copy(this.#property(list, index, level), level + 1))
    }
    return copy
  }

  #mapping(object, level) {
    const copy = {}
    // Asked for apart: both together, by `Reflect.ownKeys`, take three times as long.
    if (getOwnPropertySymbols(object).length > 0) {
      throw this.#fault('call.unsupported_value', 'has a key of type `symbol`; keys must be text', level)
    }
    for (const key of getOwnPropertyNames(object)) {
      this.#text(key, level)
      this.#trail[level] = key
      const value = this.#property(object, key, level)
      // To read a property that says nothing gives the same as to read one that is not there.
      if (value !== undefined) put(copy, key, this.copy(value, level + 1))
    }
    return copy
  }

  #property(object, key, level) {
    const property = getOwnPropertyDescriptor(object, key)
    if (property === undefined || !property.enumerable) {
      throw this.#fault('call.unsupported_value', 'is hidden: it is there but not enumerable', level + 1)
    }
    if (property.get !== undefined || property.set !== undefined) {
      throw this.#fault('call.unsupported_value', 'is a getter or setter; give the value itself', level + 1)
    }
    return property.value
  }

  #spend(bytes) {
    this.#left -= bytes
    if (this.#left < 0) throw this.#tooLarge()
  }

  #tooLarge() {
    return this.#fault('call.args_too_large', 'is larger than 1 MiB', 0)
  }

  #unsupported(value, level) {
    const clause = `is of type \`${kindOf(value)}\`, which cannot be guarded; convert it to text first`
    return this.#fault('call.unsupported_value', clause, level)
  }

  #fault(code, clause, level) {
    const place = this.#trail.slice(0, level).map(step).join('')
    return new Fault(code, `\`${this.#name}${place}\` ${clause}`)
  }
}

function put(object, key, value) {
  // An assignment would give the object another prototype.
  if (key === '__proto__') defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  else object[key] = value
}

/** Whether somebody has taught all objects or arrays to write themselves differently. */
function hasToJson() {
  return Object.prototype.toJSON !== undefined || Array.prototype.toJSON !== undefined
}

/** As `JSON.stringify` of a copy, with bigints in full and whole numbers beyond 2^53 as what they are: not whole. */
function written(copy) {
  if (typeof copy === 'bigint') return String(copy)
  if (typeof copy === 'number' && !isSafeInteger(copy) && isInteger(copy)) return asFloat(String(copy))
  if (typeof copy !== 'object' || copy === null) return JSON.stringify(copy)
  if (isArray(copy)) return `[${copy.map(written).join()}]`
  return `{${Object.entries(copy)
    .map(([key, value]) => `${JSON.stringify(key)}:${written(value)}`)
    .join()}}`
}

function asFloat(digits) {
  return digits.includes('e') ? digits : `${digits}.0`
}

function step(key) {
  if (typeof key === 'number') return `[${key}]`
  return PLAIN_KEY.test(key) ? `.${key}` : `["${clipped(key)}"]`
}

const PLAIN_KEY = /^[\p{Alphabetic}\p{N}_]{1,64}$/u

function clipped(name) {
  return JSON.stringify(name.slice(0, NAME_CHARACTERS_MAX)).slice(1, -1)
}

/** The name of a value's type, found without running any code of its own. */
function kindOf(value) {
  if (typeof value !== 'object' || value === null) return typeof value
  if (isProxy(value)) return 'Proxy'
  const name = own(own(getPrototypeOf(value), 'constructor'), 'name')
  return typeof name === 'string' && name !== '' ? clipped(name) : 'object'
}

function own(object, name) {
  const isThing = (typeof object === 'object' && object !== null) || typeof object === 'function'
  return isThing && !isProxy(object) ? getOwnPropertyDescriptor(object, name)?.value : undefined
}

/** What a person would call the kind of a plain value; the core's words. */
function kindIn(copy) {
  if (copy === null) return 'null'
  if (typeof copy === 'boolean') return 'true or false'
  if (typeof copy === 'bigint' || isSafeInteger(copy)) return 'a whole number'
  if (typeof copy === 'number') return 'a number'
  return isArray(copy) ? 'a list' : 'a mapping'
}

module.exports = { Fault, copied, frozen, kindOf, parsed, text }
