// What may be an argument, and what is refused with its place.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import vm from 'node:vm'

import { Gate, guarded, redact } from 'toolgate'

import { mustNotRun } from './support.mjs'

const gate = Gate.fromYaml('audit: off\ndefault: deny\ntools: { note: { decision: allow } }')

class Point {
  x = 1
}

class Items extends Array {}

const lying = { path: '/workspace/a', toJSON: () => ({ path: '/etc/shadow' }) }

const UNSUPPORTED = [
  [new Date(0), 'Date'],
  [new Map(), 'Map'],
  [new Set([1]), 'Set'],
  [/x/, 'RegExp'],
  [new Error('x'), 'Error'],
  [Promise.resolve(), 'Promise'],
  [new WeakMap(), 'WeakMap'],
  [new Uint8Array(1), 'Uint8Array'],
  [Buffer.from('bytes'), 'Buffer'],
  [new ArrayBuffer(1), 'ArrayBuffer'],
  [new URL('https://example.org'), 'URL'],
  [new Point(), 'Point'],
  [new Items(), 'Items'],
  [new String('text'), 'String'],
  [new Number(1), 'Number'],
  [Object.create({ path: '/etc/shadow' }), 'object'],
  [Object.create(Object.create(null)), 'object'],
  [vm.runInNewContext('({})'), 'Object'],
  [new Proxy({}, {}), 'Proxy'],
  [new Proxy([], {}), 'Proxy'],
  [() => 1, 'function'],
  [Point, 'function'],
  [Symbol('s'), 'symbol'],
]

for (const [value, kind] of UNSUPPORTED) {
  test(`what is no plain value is refused at its place: ${kind}`, () => {
    const decision = gate.guard('note', { items: [0, { deep: [value] }] })
    assert.deepEqual([decision.verdict, decision.code], ['deny', 'call.unsupported_value'])
    assert.match(decision.reason, /^`args\.items\[1\]\.deep\[0\]` is of type `(\w+)`/)
    assert.ok(decision.reason.includes(`\`${kind}\``) && decision.reason.includes('convert it to text first'))
  })
}

test('arguments that are no plain object are refused', () => {
  for (const args of [new Point(), new Map(), new Proxy({}, {}), lying, () => 1, Symbol('s')]) {
    assert.equal(gate.guard('note', args).code, 'call.unsupported_value')
  }
})

test('arguments that are no object are malformed', () => {
  for (const args of [[1], [], 7, 1.5, true, 7n, '[1]', '7', 'null', '{', "{'a': 1}"]) {
    const decision = gate.guard('note', args)
    assert.deepEqual([decision.verdict, decision.code], ['deny', 'call.malformed_args'], String(args))
  }
})

test('keys must be text', () => {
  const decision = gate.guard('note', { map: { [Symbol('s')]: 1 } })
  assert.equal(decision.code, 'call.unsupported_value')
  assert.match(decision.reason, /^`args\.map` has a key of type `symbol`/)
})

test('an accessor is refused and not asked', () => {
  const asked = {
    get path() {
      return mustNotRun()
    },
  }
  const written = {
    set path(_) {
      mustNotRun()
    },
  }
  const items = Object.defineProperty([0], 0, { get: mustNotRun, enumerable: true })
  for (const [value, place] of [
    [asked, '.path'],
    [written, '.path'],
    [items, '[0]'],
  ]) {
    const decision = gate.guard('note', { value })
    assert.equal(decision.code, 'call.unsupported_value')
    assert.equal(decision.reason, `\`args.value${place}\` is a getter or setter; give the value itself`)
  }
})

test('no trap of a proxy is asked', () => {
  const traps = new Proxy({}, { get: () => mustNotRun })
  const proxy = new Proxy({}, traps)
  assert.match(gate.guard('note', proxy).reason, /^`args` is of type `Proxy`/)
  assert.match(gate.guard('note', { a: Object.create(proxy) }).reason, /^`args\.a` is of type `object`/)
})

test('hidden properties are refused', () => {
  const hidden = Object.defineProperty({ a: 1 }, 'path', { value: '/etc/shadow' })
  assert.match(gate.guard('note', { hidden }).reason, /^`args\.hidden\.path` is hidden/)
  const given = (function () {
    return arguments
  })(1)
  assert.equal(gate.guard('note', { given }).code, 'call.unsupported_value')
  assert.equal(gate.guard('note', { list: Object.assign([1], { path: '/etc/shadow' }) }).code, 'call.unsupported_value')
})

test('holes in lists are refused', () => {
  // eslint-disable-next-line no-sparse-arrays
  for (const list of [[1, , 2], new Array(3), Object.assign([], { 5: 1 })]) {
    assert.equal(gate.guard('note', { list }).code, 'call.unsupported_value')
  }
  assert.match(gate.guard('note', { list: [undefined] }).reason, /^`args\.list\[0\]` is of type `undefined`/)
})

test('a property that is undefined is one that is not there, also for the tool', async () => {
  assert.deepEqual(gate.guard('note', { a: 1, b: undefined }).action.args, { a: 1 })
  assert.deepEqual(Object.keys(await gate.run('note', { a: 1, b: undefined, c: { d: undefined } }, (args) => args)), [
    'a',
    'c',
  ])
})

test('numbers that do not fit are refused', () => {
  for (const n of [NaN, Infinity, -Infinity, 2n ** 63n, -(2n ** 63n) - 1n, 10n ** 400n]) {
    const decision = gate.guard('note', { n })
    assert.deepEqual([decision.verdict, decision.code], ['deny', 'call.number_out_of_range'])
    assert.ok(decision.reason.startsWith('`args.n`') && !decision.reason.includes(String(n)))
  }
})

test('numbers cross as what they are', () => {
  const numbers = {
    1: 1,
    1.5: 1.5,
    '-0': -0,
    [2 ** 53 - 1]: 2 ** 53 - 1,
    [2 ** 53]: 2 ** 53,
    [2 ** 60]: 2 ** 60,
    '1e300': 1e300,
    '5e-324': 5e-324,
  }
  const args = Object.fromEntries(Object.entries(numbers).map(([name, number]) => [`n${name}`, number]))
  const read = gate.guard('note', args).action.args
  for (const [name, number] of Object.entries(args)) assert.equal(read[name], number === 0 ? 0 : number, name)
})

test('a bigint crosses as the whole number it is, and comes back as one where a number would round', async () => {
  const args = { small: 5n, large: 2n ** 53n + 1n, most: 2n ** 63n - 1n, least: -(2n ** 63n) }
  const expected = { ...args, small: 5 }
  assert.deepEqual(gate.guard('note', args).action.args, expected)
  assert.deepEqual(await gate.run('note', args, (copy) => copy), args)
  const json = '{"large": 9007199254740993, "small": 5, "text": "\\u0000n7", "list": [-9223372036854775808]}'
  const parsed = { large: 2n ** 53n + 1n, small: 5, text: '\0n7', list: [-(2n ** 63n)] }
  assert.deepEqual(gate.guard('note', json).action.args, parsed)
  assert.deepEqual(await gate.run('note', json, (copy) => copy), parsed)
})

test('JSON and values say the same', () => {
  for (const args of [
    { n: 1e21 },
    { n: 123456789012345680000 },
    { n: 1e-7 },
    { t: '\u2028 \ud83d\ude00 \u0007' },
    { 'a b': [[], {}] },
  ]) {
    assert.deepEqual(gate.guard('note', args).action.args, args)
  }
})

test('a lone surrogate is refused', () => {
  for (const text of ['\ud800', 'a\udfffb', '\udc80']) {
    assert.equal(gate.guard('note', { t: text }).code, 'call.unsupported_value')
    assert.equal(gate.guard('note', { [text]: 1 }).code, 'call.unsupported_value')
    assert.equal(gate.guard('note', text).code, 'call.unsupported_value')
    assert.equal(gate.guard(text, {}).code, 'call.unsupported_value')
  }
})

test('a key given twice in JSON is refused', () => {
  assert.equal(gate.guard('note', '{"path": "/workspace/a", "path": "/etc/shadow"}').code, 'call.duplicate_key')
})

test('the name of the prototype is a key like any other', async () => {
  const json = '{"__proto__": {"path": "/etc/shadow"}}'
  for (const args of [json, JSON.parse(json)]) {
    const copy = await gate.run('note', args, (given) => given)
    assert.deepEqual(
      [Object.keys(copy), copy.path, Object.getPrototypeOf(copy)],
      [['__proto__'], undefined, Object.prototype],
    )
    assert.deepEqual(Object.keys(gate.guard('note', args).action.args), ['__proto__'])
  }
})

function nested(levels) {
  let value = 1
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value }
  return value
}

test('depth is bounded where the core bounds it', () => {
  assert.ok(gate.guard('note', { v: nested(63) }).allowed)
  assert.equal(gate.guard('note', { v: nested(64) }).code, 'call.args_too_deep')
  assert.equal(gate.guard('note', { v: nested(100_000) }).code, 'call.args_too_deep')
})

test('cycles are refused', () => {
  const items = []
  items.push(items)
  const args = {}
  args.args = args
  assert.equal(gate.guard('note', { l: items }).code, 'call.args_too_deep')
  assert.equal(gate.guard('note', args).code, 'call.args_too_deep')
})

test('size is bounded where the core bounds it', () => {
  // The mapping and the text count eight bytes each, the key one.
  const room = (1 << 20) - 17
  assert.ok(gate.guard('note', { t: 'x'.repeat(room) }).allowed)
  assert.ok(gate.guard('note', { t: '\x01'.repeat(room) }).allowed)
  assert.equal(gate.guard('note', { t: 'x'.repeat(room + 1) }).code, 'call.args_too_large')
  assert.ok(gate.guard('note', { t: 'ü'.repeat(room / 2) }).allowed)
  assert.equal(gate.guard('note', { t: 'ü'.repeat(room / 2 + 1) }).code, 'call.args_too_large')
})

test('what is small in memory and large when followed is refused', () => {
  let shared = []
  for (let level = 0; level < 60; level++) shared = [shared, shared]
  assert.equal(gate.guard('note', { v: shared }).code, 'call.args_too_large')
  const empty = new Array(1000).fill(new Array(1000).fill(''))
  assert.equal(gate.guard('note', { v: new Array(1000).fill(empty) }).code, 'call.args_too_large')
  assert.equal(gate.guard('note', { v: new Array(10_000_000).fill(0) }).code, 'call.args_too_large')
})

test('what is no text where text belongs is refused', () => {
  for (const fact of ['session', 'callId', 'framework', 'server', 'cwd']) {
    const decision = gate.guard('note', {}, { [fact]: 7 })
    assert.deepEqual([decision.verdict, decision.code], ['deny', 'call.malformed_args'])
    assert.ok(decision.reason.includes(`\`${fact}\``))
  }
  for (const fact of ['signals', 'labels']) {
    for (const wrong of ['abc', 7, [7], { a: 1 }]) {
      assert.equal(gate.guard('note', {}, { [fact]: wrong }).code, 'call.malformed_args')
    }
    assert.equal(gate.guard('note', {}, { [fact]: new Set(['a']) }).code, 'call.unsupported_value')
  }
  assert.equal(gate.guard(7, {}).code, 'call.malformed_args')
  assert.equal(gate.guard(undefined, {}).code, 'call.unsupported_value')
  assert.equal(gate.guard(Symbol('s'), {}).code, 'call.unsupported_value')
  assert.equal(gate.guard('', {}).code, 'call.invalid_name')
  assert.equal(gate.guard('a\nb', {}).code, 'call.invalid_name')
})

test('a place never shows a value nor an endless key', () => {
  const decision = gate.guard('note', { ['k'.repeat(5000)]: Buffer.from('secret'), 'weird\nkey': 1 })
  assert.ok(!decision.reason.includes('secret') && decision.reason.length < 300)
  assert.match(gate.guard('note', { 'weird\nkey': new Date(0) }).reason, /`args\["weird\\nkey"\]`/)
})

test('who teaches all objects to write themselves differently changes nothing', () => {
  Object.prototype.toJSON = () => ({ path: '/workspace/a' })
  try {
    assert.deepEqual(gate.guard('note', { path: '/etc/shadow' }).action.args, { path: '/etc/shadow' })
  } finally {
    delete Object.prototype.toJSON
  }
})

const dice = seeded(20261121)

/** Numbers below `n` that are the same in each run. */
function seeded(state) {
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state % n
  }
}

function anyValue(levels) {
  const makers = [
    () => null,
    () => dice(2) === 1,
    () => dice(2 ** 31) - 2 ** 30,
    () => (dice(2 ** 31) - 2 ** 30) * 2 ** (dice(1000) - 500),
    () => BigInt(dice(2 ** 31)) * BigInt(dice(2 ** 31)),
    anyText,
    () => Array.from({ length: dice(5) }, () => anyValue(levels - 1)),
    () => anyObject(levels - 1),
  ]
  return makers[dice(levels > 0 ? makers.length : 6)]()
}

function anyText() {
  const characters = ['a', '"', '\\', '\n', '\0', 'ü', '\u2028', '\ud83d\ude00', '\uffff', ' ', '__proto__', '1']
  return Array.from({ length: dice(6) }, () => characters[dice(characters.length)]).join('')
}

function anyObject(levels) {
  return Object.fromEntries(Array.from({ length: dice(5) }, () => [anyText(), anyValue(levels)]))
}

/** As the core shows it: bigints that a number can hold are numbers. */
function shown(value) {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (value === 0) return 0
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(shown)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]))
}

test('what is decided about is what was given, and the copy is equal and its own', async () => {
  for (let turn = 0; turn < 500; turn++) {
    const args = anyObject(4)
    const decision = gate.guard('note', args)
    assert.ok(decision.allowed, decision.reason)
    assert.deepEqual(decision.action.args, shown(args))
    const copy = await gate.run('note', args, (given) => given)
    assert.deepEqual(copy, args)
    assert.deepEqual(Object.keys(copy), Object.keys(args))
    assert.ok(!sharesContainers(copy, args))
  }
})

function sharesContainers(one, other) {
  if (typeof one !== 'object' || one === null) return false
  return one === other || Object.keys(one).some((key) => sharesContainers(one[key], other[key]))
}

test('nothing is asked of the arguments after the check', async () => {
  const args = { items: ['a'] }
  const running = guarded(gate, 'note', async (given) => given)(args)
  args.items.push('later')
  args.path = '/etc/shadow'
  assert.deepEqual(await running, { items: ['a'] })
})

test('redact takes and gives plain values', () => {
  assert.deepEqual(redact({ host: 'db1', password: 'hunter2' }), { host: 'db1', password: '[redacted:key]' })
  assert.deepEqual(redact(['key AKIAIOSFODNN7EXAMPLE', 1, null, true, 1.5, 2n ** 60n]).slice(1), [
    1,
    null,
    true,
    1.5,
    2n ** 60n,
  ])
  assert.ok(!redact('key AKIAIOSFODNN7EXAMPLE').includes('AKIAIOSFODNN7EXAMPLE'))
  assert.throws(() => redact({ a: [new Date(0)] }), { name: 'TypeError', message: /`value\.a\[0\]` is of type `Date`/ })
})
