// Runs the shared vectors, which say what every language has to answer.
//
// `tests/vectors/index.json` says which files there are and how many cases each holds, so that a case that was lost, or
// that this runner passed over, is found.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import { Gate, PolicyError, redact } from 'toolgate'

import { clockAt, gateAt, nativeOf, setTime } from '../../bindings-node/toolgate/gate.cjs'
import { operate } from '../../bindings-node/toolgate/state.cjs'
import { ROOT } from './support.mjs'

const VECTORS = join(ROOT, 'tests', 'vectors')
const INDEX = load('index.json')
const AT = '2026-11-21T08:00:00Z'
const CWD = '/workspace'
const HOME = '/home/me'
const STORY_AT = '2026-12-01T08:00:00Z'
const SECRETS = ['0123456789abcdef0123456789abcdef']
const READING_ONLY = 'default: require_approval\npaths: { rules: posix, links: ignore }'

for (const entry of INDEX.files) {
  test(`every case of ${entry.file}`, async () => {
    const vectors = load(entry.file)
    const { cases } = vectors
    assert.deepEqual([vectors.op, cases.length], [entry.op, entry.cases])
    assert.equal(new Set(cases.map((one) => one.id)).size, cases.length)
    const wrong = []
    for (const one of cases) {
      const why = await OPERATIONS[entry.op](one, vectors)
      if (why) wrong.push(`${one.id} (${one.why}): ${why}`)
    }
    assert.equal(wrong.length, 0, `${wrong.length} of ${cases.length} cases\n${wrong.join('\n')}`)
  })
}

test('every file is in the index', () => {
  const present = readdirSync(VECTORS).filter((name) => !['index.json', 'api.json'].includes(name))
  assert.deepEqual(INDEX.files.map((entry) => entry.file).sort(), present.sort())
  assert.equal(
    INDEX.total,
    INDEX.files.reduce((sum, entry) => sum + entry.cases, 0),
  )
})

function load(file) {
  return JSON.parse(readFileSync(join(VECTORS, file), 'utf8'))
}

/** Where `got` lacks what is expected; empty if nowhere. Of mappings only what is expected is looked at. */
function differences(got, expected, place = '') {
  if (isMapping(expected) && isMapping(got)) {
    const parts = Object.entries(expected).map(([key, value]) => differences(got[key], value, `${place}.${key}`))
    return parts.filter(Boolean).join('; ')
  }
  if (Array.isArray(expected) && Array.isArray(got) && got.length === expected.length && expected.some(isMapping)) {
    return expected.map((item, index) => differences(got[index], item, `${place}[${index}]`)).filter(Boolean).join('; ')
  }
  const same = isDeepStrictEqual(got, expected)
  return same ? '' : `${place || 'it'} is ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`
}

function isMapping(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The same result for the same arguments, made once. */
function cached(make) {
  const made = new Map()
  return (...parameters) => {
    const key = JSON.stringify(parameters)
    if (!made.has(key)) made.set(key, make(...parameters))
    return made.get(key)
  }
}

const gateOf = cached((policy, cwd, home, files) => gateAt(policy, { at: AT, cwd, home, files }))

/** A gate that is only asked how it reads calls. */
const reader = cached((cwd, home) => Gate.fromYaml(READING_ONLY, { audit: false, cwd, home }))

/** The action as the gate reads it; its doubts tell what could not be read. */
function actionOf(tool, args, gate, facts) {
  return gate.explain(tool, args, facts).parts[0].action
}

function checkMap({ input, expect }) {
  const { tool, args, framework, server } = input
  const action = actionOf(tool, args, reader(CWD, HOME), { framework, server })
  const { action: type, args: wanted, ...rest } = expect
  // The arguments are compared as a whole: none may be lost, none may be added.
  return differences(action, { ...rest, type }) || differences([action.args], [wanted])
}

function checkPath({ input, expect }) {
  const { path, cwd, home } = input
  const action = actionOf('file.read', { path }, reader(cwd, home))
  if (expect.error !== undefined) return refused(action, expect.error)
  // Without a directory or a home of its own a gate takes those of the process, and it works in a directory of this
  // system; the core's own runner asks the reader alone.
  if (cwd === null || !cwd.startsWith('/') || (home === null && path.startsWith('~'))) {
    return differences(action.type, 'file.read')
  }
  const others = action.effects.map((effect) => effect.target).sort()
  return differences({ target: action.target, others }, { target: expect.target, others: [...expect.others].sort() })
}

function checkUrl({ input, expect }) {
  const action = actionOf('http.request', { url: input.url }, reader(CWD, HOME))
  if (expect.error !== undefined) return refused(action, expect.error)
  const got = {
    target: action.target,
    special: action.flags.includes('special_address'),
    metadata: action.flags.includes('metadata_host'),
    ambiguous: action.flags.includes('ambiguous_url'),
  }
  const { target, special, ambiguous } = expect
  return differences(got, { target, special: special !== null, metadata: special === 'metadata', ambiguous })
}

function refused(action, code) {
  const codes = action.doubts.map((doubt) => doubt.code)
  return codes.includes(code) && action.confidence === 'opaque' ? '' : `\`${code}\` is not among ${codes}`
}

// A tool that speaks each dialect, by the catalogue.
const SQL_TOOLS = {
  generic: 'execute_sql',
  postgresql: 'postgres.query',
  mysql: 'mysql.query',
  sqlite: 'sqlite.execute',
  mssql: 'mssql.query',
  snowflake: 'snowflake.query',
  bigquery: 'bigquery.query',
}

function checkSql({ input, expect }) {
  const action = actionOf(SQL_TOOLS[input.dialect], { query: input.sql }, reader(CWD, HOME))
  const { statements } = expect
  const found = statements.length === 1 ? [action] : action.effects.filter((part) => part.type === 'sql.query')
  if (found.length !== statements.length) return `${found.length} statements, not ${statements.length}`
  const isOpaque = expect.unclear || statements.some(isUnclear)
  const wrong = found.map((part, index) => differingStatement(part, statements[index])).filter(Boolean)
  return wrong.join('; ') || differences(action.confidence, isOpaque ? 'opaque' : 'exact')
}

function isUnclear(statement) {
  return (statement.unclear ?? false) || (statement.parts ?? []).some(isUnclear)
}

const NO_STATEMENT = { object: null, reads: [], writes: [], has_where: null, row_limit: null, functions: [] }

/** Where the action of a statement, or those of the statements within it, differ from the expected ones. */
function differingStatement({ args, effects, flags }, wanted) {
  const pick = (from) =>
    Object.fromEntries(Object.entries(NO_STATEMENT).map(([name, none]) => [name, from[name] ?? none]))
  const facts = differences(
    { ...pick(args), statement: args.statement },
    { ...pick(wanted), statement: wanted.statement },
  )
  const outside = effects.map((effect) => effect.type).filter((type) => type !== 'sql.query')
  const reach = (wanted.effects ?? []).filter(([, value]) => value !== null).map(([type]) => type)
  const found = flags.filter((flag) => flag.startsWith('sql_')).sort()
  const extra = found.filter((flag) => flag === 'sql_function')
  const noted = differences(found, [...new Set([...(wanted.flags ?? []), ...extra])].sort(), '.flags')
  const inner = effects.filter((effect) => effect.type === 'sql.query')
  const parts = wanted.parts ?? []
  const below = inner.slice(0, parts.length).map((part, index) => differingStatement(part, parts[index]))
  const count = differences(inner.length, parts.length, '.parts')
  return [facts, differences(outside, reach, '.effects'), noted, count, ...below].filter(Boolean).join('; ')
}

const WHAT = { 'shell.exec': 'command', 'http.request': 'url', 'net.connect': 'url' }

function checkCode({ input, expect }) {
  const action = actionOf('code.exec', { code: input.text, language: input.language }, reader(CWD, HOME))
  if (input.text === '') return differences(action.effects, expect.effects)
  // Here the call alone says what language it is, which the reader by itself is not told.
  const details = action.doubts.filter((doubt) => doubt.code === 'code.unresolved').map((doubt) => doubt.detail)
  const got = {
    effects: action.effects.map(asFound),
    imports: action.args.imports ?? [],
    flags: action.flags.filter((flag) => flag !== 'unresolved').sort(),
    doubts: details.filter((detail) => !detail.startsWith('only the call says')),
  }
  const wanted = Object.entries(expect).filter(([key]) => key in got)
  return differences(
    got,
    Object.fromEntries(wanted.map(([key, value]) => [key, key === 'flags' ? [...value].sort() : value])),
  )
}

/** An effect as the reader of code found it. */
function asFound({ type, args }) {
  return [type, args[WHAT[type] ?? 'path'], ...(args.recursive ? ['recursive'] : [])]
}

function checkRedact({ input, expect }) {
  return differences([redact(input)], [expect])
}

function checkPolicy({ policy, home = HOME, expect }) {
  const found = problemsOf(() => gateAt(policy.join('\n'), { at: AT, cwd: CWD, home }))
  const places = found.map(({ code, line, column }) => ({ code, line, column }))
  const unhelpful = expect.filter(({ help = '' }, index) => !found[index]?.help.includes(help))
  return (
    differences(
      places,
      expect.map(({ code, line, column }) => ({ code, line, column })),
    ) || (unhelpful.length > 0 ? `the help lacks ${JSON.stringify(unhelpful)}` : '')
  )
}

function problemsOf(load) {
  try {
    load()
  } catch (error) {
    if (error instanceof PolicyError) return error.problems
    throw error
  }
  return []
}

async function checkGuard({ policy, call, cwd = CWD, home = HOME, files, expect }, { policies, trees }) {
  const gate = gateOf(policies[policy].join('\n'), cwd, home, files === undefined ? undefined : trees[files])
  try {
    return differences(told(await decided(gate, call)), expected(expect))
  } catch (error) {
    // A field that calls do not have is a slip of the program's here.
    if (!(error instanceof TypeError)) throw error
    return differences({ verdict: 'deny', code: 'call.malformed_args' }, expect)
  }
}

/** The decision about a call in its form on the wire. */
function decided(gate, { tool, args, call_id: callId, estimated_cost_usd: estimatedCostUsd, session, ...rest }) {
  const said = isMapping(session) ? { session: session.id, labels: session.labels } : { session }
  return gate.guardAsync(tool, args, { ...rest, ...said, callId, estimatedCostUsd })
}

function expected(expect) {
  const { flags, real_paths: paths } = expect
  return { ...expect, ...(flags && { flags: [...flags].sort() }), ...(paths && { real_paths: [paths] }) }
}

/** A decision in the words of the vectors. */
function told(decision) {
  const { action, obligations } = decision
  const duties = (kind) => obligations.filter((duty) => duty.kind === kind)
  return {
    ...decision.toJSON(),
    risk_score: decision.riskScore,
    risk_level: decision.risk.level,
    type: action.type,
    category: action.category,
    target: action.target,
    effects: partsOf(action).map((part) => [part.type, part.target]),
    flags: [...action.flags].sort(),
    confidence: action.confidence,
    // In a list, so that they are compared as a whole.
    real_paths: [Object.fromEntries(duties('real_path').map((duty) => [duty.of, duty.value]))],
    safer_alternative: duties('safer_alternative').map((duty) => duty.value),
    pins: duties('pin_addresses').map(({ host, port, addresses }) => ({ host, port, addresses })),
  }
}

/** All that an action amounts to, outermost first. */
function partsOf(action) {
  return action.effects.flatMap((effect) => [effect, ...partsOf(effect)])
}

function checkRead({ input, expect }) {
  const { line, tool = 'Bash', args = { command: line } } = input
  // On no machine in particular, where the links of the file system itself are still followed.
  return differences(gateOf('default: require_approval', CWD, HOME).explain(tool, args).reading, expect)
}

async function checkStory({ policy, steps }, { policies }) {
  const story = new Story(policies[policy])
  for (const [index, step] of steps.entries()) {
    const why = await story.take(story.filled(step))
    if (why) return `step ${index + 1}: ${why}`
  }
  return ''
}

/** A gate, its clock, and what was kept of its answers. */
class Story {
  #clock = clockAt(STORY_AT)
  #now = Date.parse(STORY_AT)
  #gate
  #kept = new Map()
  #decisions = new Map()

  constructor(policy) {
    // Each line ends: a digest of the text is in what is signed.
    const text = policy.map((line) => `${line}\n`).join('')
    this.#gate = gateAt(text, { clock: this.#clock, secrets: SECRETS, cwd: CWD, home: HOME, idSeed: 7 })
  }

  /** Where the step comes out otherwise than it should. */
  take(step) {
    if ('wait' in step) return this.#wait(step.wait)
    if ('guard' in step) return this.#guard(step)
    return 'record' in step ? this.#record(step.record) : this.#do(step)
  }

  /** The same with each `$name` replaced by what was kept under it. */
  filled(value) {
    if (typeof value === 'string') return this.#kept.get(value) ?? value
    if (Array.isArray(value)) return value.map((item) => this.filled(item))
    if (!isMapping(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.filled(item)]))
  }

  #wait(seconds) {
    this.#now += seconds * 1000
    setTime(this.#clock, new Date(this.#now).toISOString())
  }

  async #guard({ guard, expect, keep }) {
    const decision = await decided(this.#gate, guard)
    this.#decisions.set(decision.id, decision)
    this.#keep(`$${keep}.decision`, decision.id)
    this.#keep(`$${keep}.approval`, decision.approval?.id)
    return differences(decision.toJSON(), expect)
  }

  #record({ decision, outcome: { cost_usd: costUsd, ...outcome } }) {
    this.#gate.record(this.#decisions.get(decision), { ...outcome, costUsd })
  }

  async #do({ do: { operation, args = {} }, expect, refused, keep }) {
    let answer
    try {
      answer = await operate(nativeOf(this.#gate), operation, args)
    } catch (error) {
      return differences(error.code, refused)
    }
    if (refused !== undefined) return `it was done, not refused with ${refused}`
    this.#keep(`$${keep}`, answer)
    for (const [name, part] of Object.entries(isMapping(answer) ? answer : {})) this.#keep(`$${keep}.${name}`, part)
    return expect === undefined ? '' : differences(answer, expect)
  }

  #keep(name, value) {
    if (value !== undefined && value !== null) this.#kept.set(name, value)
  }
}

const OPERATIONS = {
  map: checkMap,
  path: checkPath,
  url: checkUrl,
  sql: checkSql,
  code: checkCode,
  redact: checkRedact,
  policy: checkPolicy,
  guard: checkGuard,
  read: checkRead,
  story: checkStory,
}
