'use strict'

// Web requests that go where they were decided to go. Needs `npm install undici`.
//
// Every request is a tool call of its own, each redirect too: none is sent that the gate did not allow. Where the
// policy looks names up (`network: { resolve: system }`), a request goes to the addresses that were judged and asks
// nobody again, so a name that leads elsewhere the second time leads nowhere. The name stays what the server is asked
// for and what its certificate must be for.

const { isIP } = require('node:net')

const undici = peer()
const { Call } = require('./call.cjs')
const { decideAside } = require('./desk.cjs')
const { ToolgateError } = require('./errors.cjs')
const { checkNames } = require('./facts.cjs')
const { nativeOf } = require('./gate.cjs')
const { Running } = require('./run.cjs')
const { refusal } = require('./state.cjs')

/** The tool that a request is, unless another is named. */
const TOOL = 'http.request'
/** Bytes of a body that the gate gets to see. */
const BODY_BYTES_MAX = 64 << 10
/** Places to which connections are kept for the next request. */
const AGENTS_MAX = 64
const REDIRECTS_MAX = 20
const PORTS = { 'http:': 80, 'https:': 443 }

function peer() {
  // Bun puts a module of its own in undici's place, whose `fetch` connects where a look-up leads, whatever agent it is
  // given.
  if (process.versions.bun !== undefined)
    throw new Error('toolgate/http needs Node: in Bun requests cannot be led to an address')
  try {
    return require('undici')
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    throw new Error('toolgate/http needs undici: npm install undici', { cause: error })
  }
}

class PinError extends ToolgateError {
  constructor(message, url) {
    super(message)
    this.code = 'net.not_pinned'
    this.url = url
  }
}

function pinsOf(decision) {
  const duties = decision.obligations.filter((duty) => duty.kind === 'pin_addresses')
  return new Map(duties.map(({ host, port, addresses }) => [`${host}:${port}`, addresses]))
}

class PinnedAgent extends undici.Agent {
  constructor(pins, options = {}) {
    const connect = connector(options)
    const pinned = new Map([...pins].map(([place, addresses]) => [place.toLowerCase(), addresses]))
    super({ ...options, connect: (line, done) => connectTo(connect, pinned.get(placeOf(line)), line, done) })
  }
}

/** What opens connections, by the caller's options as far as they do not lead elsewhere. */
function connector({ connect = {}, factory }) {
  if (factory !== undefined) throw new TypeError('`factory` would lead around the pins')
  if (typeof connect !== 'object')
    throw new TypeError('`connect` is an object of options: a function would lead around the pins')
  for (const name of ['lookup', 'servername', 'socketPath', 'host', 'port', 'path']) {
    if (name in connect) throw new TypeError(`\`connect.${name}\` would lead around the pins`)
  }
  return undici.buildConnector(connect)
}

/** Connects to the first of `addresses` that answers, in the name of the host that was asked for. */
function connectTo(connect, addresses, line, done) {
  if (addresses === undefined) return done(new PinError(`\`${line.hostname}\` is not pinned`, urlOf(line)), null)
  if (addresses.length === 0) return done(new PinError(`\`${line.hostname}\` has no address`, urlOf(line)), null)
  const [address, ...others] = addresses
  const servername = isIP(nameOf(line.hostname)) === 0 ? nameOf(line.hostname) : undefined
  connect({ ...line, hostname: address, servername }, (error, socket) => {
    if (error !== null && others.length > 0) connectTo(connect, others, line, done)
    else done(error, socket)
  })
}

function urlOf({ protocol, hostname, port }) {
  return `${protocol}//${hostname}${port ? `:${port}` : ''}`
}

/** Host and port, as a decision names them. */
function placeOf({ protocol, hostname, port }) {
  return `${nameOf(hostname)}:${port || PORTS[protocol]}`
}

function nameOf(hostname) {
  return bare(hostname).toLowerCase().replace(/\.$/, '')
}

/** An address without the brackets that URLs put around it. */
function bare(hostname) {
  return hostname.replace(/^\[|\]$/g, '')
}

function guardedFetch(gate, options = {}) {
  const desk = new Desk(gate, options)
  const fetch = async (input, init) => follow(desk, firstHop(input, init))
  return Object.assign(fetch, { close: () => desk.close() })
}

/** Sends a request, and what redirects ask for. */
async function follow(desk, first) {
  let hop = first
  for (let count = 0; count <= REDIRECTS_MAX; count++) {
    const response = await desk.send(hop)
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null
    if (location === null || hop.redirect === 'manual') return count === 0 ? response : redirected(response)
    await response.body?.cancel()
    if (hop.redirect === 'error') throw new TypeError('the server answered with a redirect')
    hop = nextHop(hop, response.status, new URL(location, hop.url))
  }
  throw new TypeError(`redirected more than ${REDIRECTS_MAX} times`)
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

function redirected(response) {
  return Object.defineProperty(response, 'redirected', { value: true })
}

/** A request in parts. */
function firstHop(input, init = {}) {
  if (init.dispatcher !== undefined) throw new TypeError('`dispatcher` would lead around the gate')
  const request = new undici.Request(input, { duplex: 'half', ...init })
  const { method, headers, signal, redirect } = request
  // The server is asked for by the name that is decided about.
  headers.delete('host')
  const body = snapshot(init.body) ?? request.body
  return { url: new URL(request.url), method, headers, body, signal, redirect }
}

/** The request that a redirect asks for, as the Fetch standard has it. */
function nextHop(hop, status, url) {
  const headers = new undici.Headers(hop.headers)
  if (url.origin !== hop.url.origin)
    ['authorization', 'cookie', 'proxy-authorization'].forEach((name) => headers.delete(name))
  const isPost = hop.method === 'POST' && (status === 301 || status === 302)
  if (isPost || (status === 303 && hop.method !== 'HEAD' && hop.method !== 'GET')) {
    ;['content-encoding', 'content-language', 'content-length', 'content-location', 'content-type'].forEach((name) =>
      headers.delete(name),
    )
    return { ...hop, url, headers, method: 'GET', body: null }
  }
  if (isStream(hop.body)) throw new TypeError('a body that was sent once cannot follow a redirect')
  return { ...hop, url, headers }
}

/** A copy of a body that is there as a whole before it is sent; undefined for any other. */
function snapshot(body) {
  if (typeof body === 'string' || body instanceof URLSearchParams) return String(body)
  if (body instanceof ArrayBuffer) return Buffer.from(body.slice())
  return ArrayBuffer.isView(body) ? Buffer.from(Buffer.from(body.buffer, body.byteOffset, body.byteLength)) : undefined
}

function isStream(body) {
  return body !== null && typeof body !== 'string' && !Buffer.isBuffer(body)
}

/** Turns requests into tool calls, and lends out connections. */
class Desk {
  #gate
  #tool
  #requirePins
  #facts
  #options
  /** Each place has its own, also where two share an address: what was verified for one name never serves another. */
  #agents = new Map()

  constructor(gate, { tool = TOOL, requirePins = false, agent = {}, ...facts }) {
    this.#gate = nativeOf(gate)
    this.#tool = tool
    this.#requirePins = requirePins
    this.#facts = checkNames(facts, [])
    this.#options = agent
    connector(agent)
  }

  /** The answer to a request that the gate allows. */
  async send(hop) {
    const decision = await decideAside(this.#gate, new Call(this.#tool, argumentsOf(hop), this.#facts))
    if (!decision.allowed) throw refusal(this.#gate, decision)
    const running = new Running(this.#gate, decision)
    try {
      const { url, ...rest } = hop
      const dispatcher = this.#agent(url, this.#addresses(decision, url))
      const response = await undici.fetch(url, { ...rest, duplex: 'half', redirect: 'manual', dispatcher })
      await running.ended()
      return response
    } catch (error) {
      const cause = error?.cause instanceof PinError ? error.cause : error
      await running.failed(cause)
      throw cause
    }
  }

  async close() {
    const agents = [...this.#agents.values()]
    this.#agents.clear()
    await Promise.all(agents.map((agent) => agent.close()))
  }

  /** The addresses to use; undefined for the host as it stands.
   *
   * What was decided about and what is sent have to be the same place, by either's reading of the URL. */
  #addresses(decision, url) {
    const decided = URL.canParse(decision.action.target) ? new URL(decision.action.target) : undefined
    if (decided === undefined || decided.protocol !== url.protocol || placeOf(decided) !== placeOf(url)) {
      throw new PinError(`\`${url.href}\` was decided about as \`${decision.action.target}\``, url.href)
    }
    const pinned = pinsOf(decision).get(placeOf(url))
    if (pinned === undefined && this.#requirePins && isIP(bare(url.hostname)) === 0) {
      throw new PinError(`\`${url.hostname}\` was not looked up`, url.href)
    }
    return pinned
  }

  #agent(url, addresses) {
    const key = `${url.protocol}//${placeOf(url)} ${addresses?.join() ?? 'as it stands'}`
    const agent = this.#agents.get(key) ?? this.#made(url, addresses)
    // Anew at the end: the first is the one that nobody has asked for the longest.
    this.#agents.delete(key)
    this.#agents.set(key, agent)
    for (const [oldest, idle] of this.#agents) {
      if (this.#agents.size <= AGENTS_MAX) break
      this.#agents.delete(oldest)
      // It ends once the last of its answers was read.
      void idle.close()
    }
    return agent
  }

  #made(url, addresses) {
    if (addresses === undefined) return new undici.Agent(this.#options)
    return new PinnedAgent(new Map([[placeOf(url), addresses]]), this.#options)
  }
}

function argumentsOf({ url, method, headers, body }) {
  return { url: url.href, method, headers: Object.fromEntries(headers), ...bodyArguments(body) }
}

function bodyArguments(body) {
  // One that is made while it is sent nobody has seen yet.
  if (body === null || isStream(body)) return {}
  const bytes = Buffer.from(body)
  if (bytes.length === 0) return {}
  const text = bytes.length <= BODY_BYTES_MAX ? textOf(bytes) : undefined
  return text === undefined ? { body_bytes: bytes.length } : { body: text }
}

function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

module.exports = { PinError, PinnedAgent, guardedFetch, pinsOf }
