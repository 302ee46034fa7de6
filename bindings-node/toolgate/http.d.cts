import type { Agent, RequestInfo, RequestInit, Response } from 'undici'

import type { Decision, Facts, Gate } from './index.cjs'
import { ToolgateError } from './index.cjs'

/** Addresses by `host:port`. */
export type Pins = ReadonlyMap<string, readonly string[]>

/** A request would have gone somewhere that nobody decided about, so it was not sent. */
export class PinError extends ToolgateError {
  private constructor()
  readonly code: 'net.not_pinned'
  /** Where it would have gone. */
  readonly url: string
}

/** The addresses that `decision` obliges its caller to use; empty if names were not looked up. */
export function pinsOf(decision: Decision): Pins

/**
 * An agent of undici that connects to pinned addresses only; every other host is refused with {@link PinError}, which
 * undici's `fetch` gives as the `cause` of its own error. Several addresses are tried in their order.
 *
 * ```js
 * const decision = await gate.guardAsync('http.request', { url: 'https://api.example.org/' })
 * await undici.request('https://api.example.org/', { dispatcher: new PinnedAgent(pinsOf(decision)) })
 * ```
 */
export class PinnedAgent extends Agent {
  /**
   * @param options What `undici.Agent` takes, such as `connect: { ca }`, but for what would lead around the pins: a
   * `factory`, a `connect` function, a look-up or a server name of its own.
   */
  constructor(pins: Pins, options?: AgentOptions)
}

/** What `undici.Agent` takes, but for what would lead around the pins. */
export type AgentOptions = Omit<Agent.Options, 'connect' | 'factory'> & { connect?: object }

/** What a guarded `fetch` takes besides its gate. */
export interface FetchOptions extends Facts {
  /**
   * What a request is called, `http.request` if unsaid; its arguments are `url`, `method`, `headers` and, if it is
   * text, `body`.
   */
  readonly tool?: string
  /** Refuse a name that was not looked up, with {@link PinError}. */
  readonly requirePins?: boolean
  readonly agent?: AgentOptions
}

/** A `fetch` whose requests are decided about. */
export interface GuardedFetch {
  (input: RequestInfo, init?: Omit<RequestInit, 'dispatcher'>): Promise<Response>
  /** Closes the connections that are kept for the next request, once their answers have been read. */
  close(): Promise<void>
}

/**
 * A `fetch` whose every request, redirects included, is decided about by `gate` and sent to the addresses that it
 * judged. Rejects with `ToolDenied`, `ApprovalRequired` or `DryRun` for the request that may not be sent, and with
 * {@link PinError} for one that would go elsewhere. Proxies are not used, those of the environment neither.
 */
export function guardedFetch(gate: Gate, options?: FetchOptions): GuardedFetch
