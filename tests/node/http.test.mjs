// Requests go where they were decided to go: each is a call of its own, to the addresses that were judged.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import dns from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'

import { ApprovalRequired, Gate, ToolDenied, context } from 'toolgate'
import { PinError, PinnedAgent, guardedFetch, pinsOf } from 'toolgate/http'
import undici from 'undici'

import { Authority } from './certificate.mjs'
import { ROOT, directory, recordsIn } from './support.mjs'

const POLICY = `
network:
  resolve: static
  hosts:
    api.example: [127.0.0.1]
    other.example: [127.0.0.1]
    deaf-first.example: [127.0.0.2, 127.0.0.1]
    deaf.example: [127.0.0.2]
    inside.example: [169.254.169.254]
    münchen.example: [127.0.0.1]
tools:
  http.request: { decision: allow, allowed_ip_ranges: [127.0.0.1, 127.0.0.2] }
rules:
  - { id: no-secrets, when: 'has(args.body) && args.body.contains("secret")', decision: deny }
  - { id: ask, match: { action: http.request, args: { method: DELETE } }, decision: require_approval }
  - { id: guests, match: { principal: { id: guest } }, decision: deny }
`

const UNASKED = 'tools: { http.request: { decision: allow, allowed_ip_ranges: [127.0.0.1] } }'

const gate = Gate.fromYaml(POLICY, { audit: false })
const authority = new Authority()
const ca = authority.certificate

/** The names that somebody looked up: each leads to a metadata service, as after a rebinding. */
const asked = []
const { lookup } = dns
dns.lookup = (name, ...rest) => {
  if (name === 'localhost' || isIP(name)) return lookup(name, ...rest)
  const [options, done] = rest
  asked.push(name)
  done(null, options.all ? [{ address: '169.254.169.254', family: 4 }] : '169.254.169.254', 4)
}

const closing = []
after(() => Promise.all(closing.map((close) => close())))

/** Answers on the loopback, and remembers what it was asked. */
async function serve(tls) {
  const seen = []
  const server = tls === undefined ? http.createServer() : https.createServer(tls)
  server.on('request', (request, response) => {
    request.resume().on('end', () => {
      seen.push([request.method, request.headers.host, request.url, request.headers.authorization])
      const to = request.url.split('?to=')[1]
      if (to !== undefined) response.writeHead(Number(request.headers.status ?? 302), { location: to })
      response.end(request.url === '/large' ? 'hello'.repeat(1_000_000) : 'hello')
    })
  })
  const connections = { count: 0 }
  server.on('connection', () => connections.count++)
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  closing.push(() => new Promise((done) => server.close(done).closeAllConnections()))
  const { port } = server.address()
  const url = (host, path = '/') => `${tls === undefined ? 'http' : 'https'}://${host}:${port}${path}`
  return { seen, connections, port, url }
}

/** A guarded `fetch` that is closed in the end. */
function client(options, by = gate) {
  const fetch = guardedFetch(by, options)
  closing.push(() => fetch.close())
  return fetch
}

async function text(response) {
  return (await response).text()
}

test('a request goes to the address that was judged', async () => {
  const server = await serve()
  const fetch = client()
  const response = await fetch(server.url('api.example', '/a?b'))
  assert.equal(await response.text(), 'hello')
  assert.deepEqual(server.seen, [['GET', `api.example:${server.port}`, '/a?b', undefined]])
  assert.deepEqual([response.url, response.redirected], [server.url('api.example', '/a?b'), false])
  assert.deepEqual(asked, [])
})

test('without pins the client would have been led astray', async () => {
  const server = await serve()
  const dispatcher = new undici.Agent({ connect: { timeout: 200 } })
  await assert.rejects(undici.fetch(server.url('api.example'), { dispatcher }))
  assert.deepEqual(asked.splice(0), ['api.example'])
})

test('an international name goes by its ASCII form', async () => {
  const server = await serve()
  assert.equal(await text(client()(server.url('münchen.example'))), 'hello')
  assert.equal(server.seen[0][1], `xn--mnchen-3ya.example:${server.port}`)
})

test('what may not be sent is not sent', async () => {
  const server = await serve()
  const fetch = client()
  await assert.rejects(fetch(server.url('inside.example')), { code: 'net.private_address' })
  await assert.rejects(fetch(server.url('unknown.example')), { code: 'net.unresolved_host' })
  await assert.rejects(fetch(server.url('api.example'), { method: 'DELETE' }), ApprovalRequired)
  for (const body of [
    'a secret',
    Buffer.from('a secret'),
    new URLSearchParams({ a: 'secret' }),
    new TextEncoder().encode('a secret').buffer,
  ]) {
    const error = await fetch(server.url('api.example'), { method: 'POST', body }).catch((caught) => caught)
    assert.equal(error.decision.rules[0], 'no-secrets')
  }
  assert.deepEqual(server.seen, [])
})

for (const [target, code] of [
  ['http://169.254.169.254/latest/meta-data/', 'net.private_address'],
  ['http://inside.example/', 'net.private_address'],
  ['http://[::ffff:169.254.169.254]/', 'net.private_address'],
  ['http://2852039166/', 'net.private_address'],
  ['http://unknown.example/', 'net.unresolved_host'],
]) {
  test(`a redirect is a call of its own: ${target}`, async () => {
    const server = await serve()
    await assert.rejects(client()(server.url('api.example', `/?to=${target}`)), { name: 'ToolDenied', code })
    assert.equal(server.seen.length, 1)
  })
}

test('a redirect to an allowed place is followed, without what was meant for the first', async () => {
  const server = await serve()
  const to = server.url('other.example', '/b')
  const response = await client()(server.url('api.example', `/?to=${to}`), { headers: { authorization: 'Bearer x' } })
  assert.deepEqual([await response.text(), response.url, response.redirected], ['hello', to, true])
  assert.deepEqual(
    server.seen.map(([, host, , authorization]) => [host, authorization]),
    [
      [`api.example:${server.port}`, 'Bearer x'],
      [`other.example:${server.port}`, undefined],
    ],
  )
})

test('a redirect changes the method as the standard has it', async () => {
  const server = await serve()
  const fetch = client()
  for (const [status, method, then] of [
    [302, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [307, 'POST', 'POST'],
    [302, 'PUT', 'PUT'],
    [303, 'HEAD', 'HEAD'],
  ]) {
    server.seen.length = 0
    const init = { method, headers: { status: String(status) }, ...(method !== 'HEAD' && { body: 'x' }) }
    await fetch(server.url('api.example', `/?to=/b`), init)
    assert.deepEqual(
      server.seen.map(([one]) => one),
      [method, then],
    )
  }
})

test('redirects may be left to the caller, or be errors, and end', async () => {
  const server = await serve()
  const fetch = client()
  const url = server.url('api.example', '/?to=http://169.254.169.254/')
  assert.equal((await fetch(url, { redirect: 'manual' })).status, 302)
  await assert.rejects(fetch(url, { redirect: 'error' }), TypeError)
  await assert.rejects(fetch(server.url('api.example', '/?to=?to=?to=')), TypeError)
})

test('each request is recorded with its outcome', async () => {
  const server = await serve()
  const audit = join(directory(), 'audit')
  const fetch = client({ principal: 'agent:web', session: 'run-7' }, Gate.fromYaml(POLICY, { audit }))
  await fetch(server.url('api.example', `/?to=${server.url('other.example')}`))
  await assert.rejects(fetch('http://deaf.example:1/'), TypeError)
  const [decisions, executions] = [recordsIn(audit, 'decision'), recordsIn(audit, 'execution')]
  assert.deepEqual(
    decisions.map(({ actor, session }) => [actor, session]),
    new Array(3).fill(['agent:web', 'run-7']),
  )
  assert.deepEqual(
    executions.map(({ outcome }) => outcome.status),
    ['executed', 'executed', 'failed'],
  )
})

test('who asks may come from the context', async () => {
  const server = await serve()
  await assert.rejects(
    context({ principal: 'guest' }, () => client()(server.url('api.example'))),
    ToolDenied,
  )
  assert.deepEqual(server.seen, [])
})

test('the next address is tried if one is deaf', async () => {
  const server = await serve()
  assert.equal(await text(client()(server.url('deaf-first.example'), { method: 'POST', body: 'x' })), 'hello')
})

test('connections are kept for the same host alone', async () => {
  const server = await serve()
  const fetch = client()
  for (const host of ['api.example', 'api.example', 'other.example']) {
    assert.equal(await text(fetch(server.url(host))), 'hello')
    // A connection is free again a turn after its answer has been read.
    await setImmediate()
  }
  assert.equal(server.connections.count, 2)
})

test('the certificate has to be the names', async () => {
  const server = await serve(authority.issue('api.example'))
  const trusting = client({ agent: { connect: { ca } } })
  assert.equal(await text(trusting(server.url('api.example'))), 'hello')
  // The same address and port, over which a verified connection is open.
  const mistaken = await trusting(server.url('other.example')).catch((error) => error)
  assert.equal(mistaken.cause.code, 'ERR_TLS_CERT_ALTNAME_INVALID')
  const distrusting = await client()(server.url('api.example')).catch((error) => error)
  assert.match(distrusting.cause.message, /certificate/)
  assert.equal(server.seen.length, 1)
})

test('neither the host nor the certificate can be talked away', async () => {
  const server = await serve()
  await client()(server.url('api.example'), { headers: { host: 'internal.example' } })
  assert.equal(server.seen[0][1], `api.example:${server.port}`)
  for (const connect of [{ servername: 'api.example' }, { lookup }, { socketPath: '/x' }, { host: 'x' }, () => 1]) {
    assert.throws(() => guardedFetch(gate, { agent: { connect } }), TypeError)
    assert.throws(() => new PinnedAgent(new Map(), { connect }), TypeError)
  }
  assert.throws(() => guardedFetch(gate, { agent: { factory: () => 1 } }), TypeError)
})

test('a pinned agent refuses every other host', async () => {
  const server = await serve()
  const decision = await gate.guardAsync('http.request', { url: server.url('api.example') })
  const pins = pinsOf(decision)
  assert.deepEqual([...pins], [[`api.example:${server.port}`, ['127.0.0.1']]])
  const dispatcher = new PinnedAgent(pins)
  closing.push(() => dispatcher.close())
  assert.equal(await text(undici.fetch(server.url('api.example'), { dispatcher })), 'hello')
  assert.equal(await text(undici.fetch(server.url('API.example.'), { dispatcher })), 'hello')
  for (const url of [
    server.url('other.example'),
    server.url('127.0.0.1'),
    'http://api.example/',
    server.url('api.example', `/?to=${server.url('other.example')}`),
  ]) {
    const error = await undici.fetch(url, { dispatcher }).catch((caught) => caught)
    assert.ok(error.cause instanceof PinError, url)
    await assert.rejects(undici.request(server.url('other.example'), { dispatcher }), { code: 'net.not_pinned' })
  }
  assert.equal(server.seen.length, 3)
  assert.deepEqual(asked, [])
})

test('a pin without addresses leads nowhere', async () => {
  const dispatcher = new PinnedAgent(new Map([['api.example:80', []]]))
  await assert.rejects(undici.request('http://api.example/', { dispatcher }), PinError)
})

test('where names are not looked up pins may be demanded', async () => {
  const server = await serve()
  const unasked = Gate.fromYaml(UNASKED, { audit: false })
  assert.equal(await text(client({}, unasked)(server.url('localhost'))), 'hello')
  const fetch = client({ requirePins: true }, unasked)
  await assert.rejects(fetch(server.url('localhost')), PinError)
  assert.equal(await text(fetch(server.url('127.0.0.1'))), 'hello')
})

test('a call that is not about the URL sends nothing', async () => {
  const server = await serve()
  const fetch = client(
    { tool: 'get_time' },
    Gate.fromYaml('tools: { get_time: { decision: allow } }', { audit: false }),
  )
  await assert.rejects(fetch(server.url('api.example')), PinError)
  assert.deepEqual(server.seen, [])
})

test('a body that nobody saw is no text', async () => {
  const server = await serve()
  const fetch = client()
  const stream = () => new Blob(['a', 'b']).stream()
  for (const body of [Buffer.from([0xff, 0xfe]), stream(), 'x'.repeat(1 << 20)]) {
    assert.equal(await text(fetch(server.url('api.example'), { method: 'POST', body })), 'hello')
  }
  const init = { method: 'POST', body: stream(), headers: { status: '307' } }
  await assert.rejects(fetch(server.url('api.example', '/?to=/b'), init), /cannot follow a redirect/)
})

test('a body that is changed after the check is sent as it was', async () => {
  const received = []
  const server = http.createServer((request, response) => {
    request.on('data', (part) => received.push(String(part))).on('end', () => response.end())
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  closing.push(() => new Promise((done) => server.close(done).closeAllConnections()))
  const body = Buffer.from('harmless')
  const sending = client()(`http://api.example:${server.address().port}/`, { method: 'POST', body })
  body.write('a secret')
  await sending
  assert.deepEqual(received, ['harmless'])
})

test('nothing leads around the gate', async () => {
  const fetch = client()
  await assert.rejects(fetch('http://api.example/', { dispatcher: new undici.Agent() }), TypeError)
  assert.throws(() => guardedFetch(gate, { proxy: 'http://proxy.example' }), TypeError)
  assert.throws(() => guardedFetch({}), TypeError)
})

test('a dispatcher of the whole process is not used', async () => {
  const server = await serve()
  const before = undici.getGlobalDispatcher()
  undici.setGlobalDispatcher(new undici.ProxyAgent('http://proxy.example:1'))
  try {
    assert.equal(await text(client()(server.url('api.example'))), 'hello')
  } finally {
    undici.setGlobalDispatcher(before)
  }
  assert.deepEqual(asked, [])
})

test('connections that are not used for long are closed, answers that are read are not', async () => {
  const server = await serve()
  const fetch = client()
  const large = await fetch(server.url('api.example', '/large'))
  const ports = await Promise.all(Array.from({ length: 65 }, () => serve()))
  for (const other of ports) assert.equal(await text(fetch(other.url('api.example'))), 'hello')
  assert.equal((await large.text()).length, 5_000_000)
  assert.equal(await text(fetch(server.url('api.example'))), 'hello')
  assert.equal(server.connections.count, 2)
})

test('without undici it says what to install', () => {
  const program = `
    const Module = require('node:module')
    const find = Module._resolveFilename
    Module._resolveFilename = (name, ...rest) => {
      if (name === 'undici') throw Object.assign(new Error('none'), { code: 'MODULE_NOT_FOUND' })
      return find(name, ...rest)
    }
    require('toolgate')
    require('toolgate/http')`
  const run = spawnSync(process.execPath, ['--eval', program], { cwd: ROOT, encoding: 'utf8' })
  assert.match(run.stderr, /Error: toolgate\/http needs undici: npm install undici/)
})

test('where requests cannot be led there is nothing to send them with', () => {
  const program = "Object.defineProperty(process.versions, 'bun', { value: '1.4.5' }); require('toolgate/http')"
  const run = spawnSync(process.execPath, ['--eval', program], { cwd: ROOT, encoding: 'utf8' })
  assert.match(run.stderr, /Error: toolgate\/http needs Node/)
})
