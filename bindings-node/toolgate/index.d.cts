/// <reference types="node" />

/** One plain value: what JSON can say, and whole numbers of up to 64 bits as `bigint`. */
export type Plain =
  null | boolean | number | bigint | string | readonly Plain[] | { readonly [key: string]: Plain | undefined }

/** The arguments of a tool. Properties that are `undefined` count as not given. */
export type Arguments = { readonly [key: string]: Plain | undefined }

/** `T` as far as it is made of plain values; a function, a `Date` or a `Map` in it becomes `never`. */
export type PlainForm<T> = unknown extends T
  ? T
  : T extends null | undefined | boolean | number | bigint | string
    ? T
    : T extends
          | symbol
          | Function
          | Date
          | RegExp
          | PromiseLike<any>
          | NodeJS.ArrayBufferView
          | ReadonlyMap<any, any>
          | ReadonlySet<any>
      ? never
      : { [K in keyof T]: PlainForm<T[K]> }

/** The one word of a decision. */
export type Verdict = 'allow' | 'deny' | 'require_approval' | 'dry_run'

/** The one on whose authority a tool is called. Your program says who that is; an agent never does. */
export interface Principal {
  /** A name such as `agent:finance-sync`. */
  readonly id: string
  /** The role whose entries of the policy apply, such as `prod`. */
  readonly role?: string
  /** The ids of those who delegated, the nearest first. */
  readonly onBehalfOf?: readonly string[]
  /** Anything else the policy's conditions may ask for. */
  readonly attributes?: Arguments
}

/** What holds for all calls within a {@link context}. */
export interface Facts {
  /** Who asks: an id, or an id with a role and more. */
  readonly principal?: string | Principal | undefined
  /** A name for the agent run. */
  readonly session?: string | undefined
  /** The framework that makes the call, such as `langchain`. */
  readonly framework?: string | undefined
  /** The MCP server that offers the tool, by your own name for it. */
  readonly server?: string | undefined
  /** The directory that relative paths start from. */
  readonly cwd?: string | undefined
  /** What you know about the call, such as `injection`. It can only make the answer stricter. */
  readonly signals?: readonly string[] | undefined
  /** What you know about the session, such as `untrusted`. It can only make the answer stricter. */
  readonly labels?: readonly string[] | undefined
}

/** What a call may say beside its tool and its arguments. What is not said comes from {@link context}. */
export interface CallFacts extends Facts {
  /** The framework's id of this call; asked again with the same arguments, it is the same call. */
  readonly callId?: string | undefined
  /** The id of the request whose consent this call is to use; needed only if an approver has edited the arguments. */
  readonly approval?: string | undefined
  /** What the call will cost in US dollars, as decimal text such as `"0.0125"`; no number, since none is exact. */
  readonly estimatedCostUsd?: string | undefined
}

/** The facts of a call that is run. */
export interface RunOptions extends CallFacts {
  /** Once it is aborted, a tool that has not started does not; the outcome `skipped` is recorded. */
  readonly signal?: AbortSignal | undefined
}

/** What a gate is made of. */
export interface GateOptions {
  /**
   * The path of a policy file. Without it the file named by the environment variable `TOOLGATE_POLICY`, else the
   * nearest `toolgate.yaml` in the working directory or above it; if there is none, everything is denied.
   */
  readonly policy?: string | URL | undefined
  /**
   * Where decisions are recorded: as the policy says if unsaid (in `.toolgate/audit/` beside it if it does not),
   * nowhere if `false`, or in a directory.
   */
  readonly audit?: false | string | URL | undefined
  /** Refuse any policy, also at a reload, whose `policyHash` is not this. */
  readonly policyDigest?: string | undefined
  /** The directory the tools run in, where relative paths start; the process's own if unsaid. */
  readonly cwd?: string | URL | undefined
  /** What `~` stands for; the user's home directory if unsaid. */
  readonly home?: string | URL | undefined
  /**
   * Where budgets, approvals and all other state are kept: as the policy says if unsaid (in `.toolgate/state.db` beside
   * it if it does not), in this process (`'memory'`), or in a file, which all processes of one machine may share.
   */
  readonly store?: 'memory' | (string & {}) | URL | undefined
  /**
   * Texts of at least 32 bytes with which tokens are signed, the first signs; as the policy says if unsaid. A bad one
   * is a `TypeError` that does not show it.
   */
  readonly secrets?: readonly string[] | undefined
}

/** How dangerous an action is. */
export interface Risk {
  /** 0 to 100. */
  readonly score: number
  readonly level: 'low' | 'medium' | 'high' | 'critical'
  readonly factors: readonly { readonly name: string; readonly points: number }[]
}

/** A call in canonical terms. */
export interface Action {
  readonly type: string
  readonly category: string
  readonly target: string
  readonly args: { readonly [key: string]: Plain }
  /** The actions that it amounts to. */
  readonly effects: readonly Action[]
  readonly flags: readonly string[]
  readonly confidence: 'exact' | 'partial' | 'opaque'
  readonly doubts: readonly { readonly code: string; readonly detail: string }[]
}

/** What comes with a verdict. */
export type Obligation =
  /** A way to reach the goal that the policy would rather see; to be shown to the model. */
  | { readonly kind: 'safer_alternative'; readonly value: string }
  /** The addresses that were judged: the caller must use one of them (see `toolgate/http`). */
  | {
      readonly kind: 'pin_addresses'
      readonly host: string
      readonly port: number
      readonly addresses: readonly string[]
    }
  /** Where a path of the action really leads; `of` is the path as it was read. */
  | { readonly kind: 'real_path'; readonly value: string; readonly of: string }

/** Who has to consent. */
export interface ApprovalTerms {
  readonly count: number
  readonly distinct: boolean
  /** One list per rule that names any; an approver must be on each. Empty means anyone. */
  readonly from: readonly (readonly string[])[]
  /** How long the request stands, in seconds. */
  readonly expires_s: number
}

/** Who has to consent, and the request that was made of it. */
export interface Approval extends ApprovalTerms {
  /** The request, `apr_…`; null if nobody was asked, since the policy has no `approvals`. */
  readonly id: string | null
  /** Where it can be answered, if the policy says. */
  readonly url: string | null
  /** Until when it can be consented to and the consent be used, as RFC 3339 text. */
  readonly expires: string | null
}

/** How a request stands: `used` once a call has run by it. */
export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'cancelled' | 'used' | 'expired'

/** A request for consent to one action. */
export interface ApprovalRequest {
  readonly id: string
  /** How it stands now. */
  readonly status: ApprovalStatus
  /** How many more have to consent. */
  readonly missing: number
  /** Digest of the action, `sha256:…`; of the edited one if an approver has edited it. */
  readonly digest: string
  readonly created: string
  readonly expires: string
  /** What a person is shown: the action with secrets taken out, who asks, the risk and why consent is needed. */
  readonly shown: { readonly [key: string]: Plain }
  /** The principal and those it acts for. None of them consents. */
  readonly requesters: readonly string[]
  readonly terms: ApprovalTerms
  readonly escalation?: { readonly at: string; readonly to: readonly string[] }
  /** Approvers who have passed it on: from whom, to whom. */
  readonly delegated?: readonly (readonly [string, string])[]
  /** What was said to it. */
  readonly votes?: readonly {
    readonly by: string
    /** Whether it is known that it was them. */
    readonly verified: boolean
    readonly consents: boolean
    readonly digest: string
    readonly reason?: string
    readonly at: string
  }[]
  /** The arguments, if an approver has edited them: the tool runs with these or not at all. */
  readonly edited?: { readonly [key: string]: Plain }
  /** The decision that has used the consent. */
  readonly used_by?: string
  readonly policy_hash: string
  /** The call, its arguments aside. */
  readonly origin: { readonly [key: string]: Plain }
}

/** Who answers a request: a name that somebody typed, or what your program knows of them. */
export type Approver =
  | string
  | {
      readonly id: string
      readonly role?: string | undefined
      /** Whether your program has made sure that it is them. */
      readonly verified?: boolean | undefined
    }

/** Consent given beforehand, to what it names. Nothing of it is open by itself: `*` is everything. */
export interface GrantTerms {
  /** Whose calls: a principal's id, or a pattern. */
  readonly principal: string
  /** The action's type, such as `file.delete`. */
  readonly action: string
  /** The target, or a pattern such as `/workspace/build/*`. Of commands only the very same line. */
  readonly target: string
  /** Who gives it. */
  readonly by: string
  /** Until when, a `Date` or RFC 3339 text. */
  readonly expires: string | Date
  /** The session, if only one. */
  readonly session?: string | undefined
  /** How often; as often as need be if unsaid. */
  readonly uses?: number | undefined
  readonly reason?: string | undefined
}

/** A grant as it is kept. */
export interface Grant {
  /** `grn_…` */
  readonly id: string
  readonly terms: Omit<GrantTerms, 'by' | 'expires'> & { readonly expires: string }
  readonly by: string
  readonly created: string
  /** How often it was used. */
  readonly used: number
}

/** What a kill switch stops. What is not named is not asked for: one that names nothing stops everything. */
export interface Stop {
  /** Calls of principals with such an id, or on their behalf. */
  readonly principal?: string | undefined
  readonly role?: string | undefined
  readonly tool?: string | undefined
  /** Calls with such an action or effect, such as `create_*`. */
  readonly action?: string | undefined
  readonly reason?: string | undefined
  /** Who turns it on. */
  readonly by?: string | undefined
}

/** A kill switch that is on. */
export interface Switch extends Stop {
  /** Two switches that stop the same are one. */
  readonly id: string
  readonly at: string
}

/** What is registered of an agent. */
export interface AgentOptions {
  /** The role it has; a call of it in another is refused. */
  readonly role?: string | undefined
  /** Who answers for it. */
  readonly owner?: string | undefined
  /** `active` if unsaid. */
  readonly state?: 'active' | 'suspended' | undefined
  /** Until when it may work, a `Date` or RFC 3339 text. */
  readonly expires?: string | Date | undefined
}

/** A registered agent. */
export interface Agent {
  readonly id: string
  readonly role?: string
  readonly owner?: string
  readonly state: 'active' | 'suspended'
  readonly expires?: string
  /** Digest of its API key, `sha256:…`. */
  readonly key_hash?: string
}

/** How long to wait for an answer. */
export interface WaitOptions {
  /** In milliseconds; until the request is answered or over if unsaid. */
  readonly timeoutMs?: number | undefined
  /** Once it is aborted, waiting ends with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** A decision as JSON has it. */
export interface DecisionJson {
  decision_id: string
  at: string
  verdict: Verdict
  observed: Verdict | null
  code: string
  reason: string
  rules: string[]
  action: Action
  risk: Risk
  policy_hash: string
  obligations: Obligation[]
  approval: Approval | null
}

/** How a call is read, and what every clause of the policy says of it. A call that cannot be read has no parts. */
export interface Explanation {
  verdict: Verdict
  code: string
  reason: string
  /** The action and each of its effects. */
  parts: {
    action: Action
    rules: { rule: string; place: string; verdict: Verdict | null; why: string }[]
  }[]
  /** How the call is read, in lines for a person. */
  reading?: string[]
  tree?: string[]
}

/** What became of a decision. */
export interface Outcome {
  readonly status: 'executed' | 'failed' | 'skipped'
  /** How long the tool ran, in milliseconds. */
  readonly durationMs?: number | undefined
  /** What it cost in US dollars, as decimal text such as `"0.0125"`. */
  readonly costUsd?: string | undefined
  /** Tokens that a language model read and wrote for it. */
  readonly tokens?: number | undefined
  /** A digest of its result, `sha256:…`. */
  readonly resultDigest?: string | undefined
  /** What went wrong, in a few words; it is written to the log without what looks like a secret. */
  readonly error?: string | undefined
}

/** What an audit log holds, and the first thing wrong with it. */
export interface Verification {
  /** How many records are in order, up to the problem if there is one. */
  readonly records: number
  /** How many files were read. */
  readonly files: number
  /** The first thing that is wrong. */
  readonly problem: Broken | null
  /** Whether nothing is wrong. */
  readonly ok: boolean
}

/** Where an audit log is not as it was written. */
export interface Broken {
  /** The file's name, such as `2026-11-21.jsonl`. */
  readonly file: string
  /** The line, counted from 1. */
  readonly line: number
  /** The number of the record that was to be here. */
  readonly seq: number
  /** What is wrong, in one clause. */
  readonly why: string
}

/** One thing wrong with a policy: where, what, and what to write instead. */
export interface Problem {
  /** The file as you named it; empty for a policy given as text. */
  readonly file: string
  /** The line, counted from 1. */
  readonly line: number
  /** The column in characters, counted from 1. */
  readonly column: number
  /** The kind of problem, such as `policy.unknown_field`. */
  readonly code: string
  /** What is wrong, in one clause. */
  readonly message: string
  /** What to do about it; empty if the message says it all. */
  readonly help: string
}

/**
 * Decides about tool calls by one policy. Share one.
 *
 * ```js
 * const gate = new Gate({ policy: 'toolgate.yaml' })
 * gate.guard('read_file', { path: '/etc/shadow' }).verdict // 'deny'
 * ```
 */
export class Gate {
  /** @throws {PolicyError} with every problem of the policy. */
  constructor(options?: GateOptions)

  /**
   * A gate for a policy given as text; files that it includes are looked for in the working directory.
   * @throws {PolicyError} with every problem of the policy.
   */
  static fromYaml(text: string, options?: Omit<GateOptions, 'policy'>): Gate

  /**
   * A gate for the policy in the file at `path`.
   * @throws {PolicyError} with every problem of the policy, or why it cannot be read.
   */
  static fromFile(path: string | URL, options?: Omit<GateOptions, 'policy'>): Gate

  /**
   * The gate of this place: the policy named by `TOOLGATE_POLICY`, else `toolgate.yaml` in the working directory or
   * above it. Never throws: without a usable policy everything is denied, and each decision says why.
   */
  static discover(): Gate

  /**
   * Decides about a tool call, records the decision and returns it. Runs nothing.
   *
   * Never throws for anything about the call: what cannot be read is denied with a code such as
   * `call.unsupported_value`. A policy that needs the network or the disk (`waits`) would hold up the event loop; then
   * this throws, and `guardAsync` is the way.
   *
   * ```js
   * const decision = gate.guard('stripe.charges.create', { amount: 2000 }, { principal: 'agent:finance-sync' })
   * decision.verdict // 'require_approval'
   * ```
   *
   * @param tool The tool's name as the agent used it.
   * @param args Its arguments, a plain object or JSON text of one, the way model APIs deliver them.
   */
  guard<A extends object>(tool: string, args?: (A & PlainForm<A>) | string | null, facts?: CallFacts): Decision

  /** As `guard`, also where it takes a wait. The arguments are read before it returns. */
  guardAsync<A extends object>(
    tool: string,
    args?: (A & PlainForm<A>) | string | null,
    facts?: CallFacts,
  ): Promise<Decision>

  /**
   * Decides about a tool call and, if it is allowed, resolves to what `fn` returns. It gets a private copy of the
   * arguments, the one that was decided about. What became of it is recorded.
   *
   * ```js
   * await gate.run('read_file', { path: '/workspace/notes.md' }, readFile, { principal: 'agent:notes' })
   * ```
   *
   * Rejects with {@link ToolDenied}, {@link ApprovalRequired} or {@link DryRun} if the tool may not run, with the
   * signal's reason if it was aborted, and with whatever the function throws.
   */
  run<A extends object, R>(tool: string, args: A, fn: (args: A) => R | PromiseLike<R>, options?: RunOptions): Promise<R>
  run<R>(
    tool: string,
    args: string | null | undefined,
    fn: (args: any) => R | PromiseLike<R>,
    options?: RunOptions,
  ): Promise<R>

  /**
   * Records what became of a decision, and settles what it has taken from budgets. Throws as `guard` where it would have
   * to wait.
   * @throws {AuditError} if the audit log cannot be written.
   * @throws {StateError} if the state cannot be written: what the call has taken is given back when its time is over.
   */
  record(decision: Decision, outcome: Outcome): void

  /** As `record`, also where it takes a wait. */
  recordAsync(decision: Decision, outcome: Outcome): Promise<void>

  /**
   * A token with which a request can be answered, to be sent to whoever may. With `to` it is that approver's alone and
   * shows who they are; without, nobody knows who uses it. This and what follows rejects with {@link StateError} and the
   * code of why something was not done.
   */
  approvalToken(id: string, options?: { readonly to?: string | undefined }): Promise<string>

  /**
   * Consents to a request, named by its id or by a token. The call can then be made, once. With `args` it can be made
   * with these arguments alone; they are decided about anew.
   *
   * ```js
   * await gate.approve(request.id, { id: 'alice', role: 'support-lead', verified: true }, { reason: 'fine' })
   * ```
   */
  approve(
    request: string,
    approver: Approver,
    options?: { readonly reason?: string | undefined; readonly args?: Arguments | undefined },
  ): Promise<ApprovalRequest>

  /** Says no to a request, named by its id or by a token. The call stays denied until the request expires. */
  denyApproval(
    request: string,
    approver: Approver,
    options?: { readonly reason?: string | undefined },
  ): Promise<ApprovalRequest>

  /** Lets `to` answer a request in the stead of `approver`. */
  delegateApproval(request: string, approver: Approver, to: string): Promise<ApprovalRequest>

  /** Withdraws a request. */
  cancelApproval(id: string): Promise<ApprovalRequest>

  /** A request, or null if there is none of that id. */
  approval(id: string): Promise<ApprovalRequest | null>

  /** The requests that stand so now, oldest first; all that are kept without a `status`. */
  approvals(status?: ApprovalStatus): Promise<readonly ApprovalRequest[]>

  /**
   * How a request stands once it is answered or over, or the time is: look at its `status`. It is looked at again and
   * again, at least once a second.
   */
  wait(id: string, options?: WaitOptions): Promise<ApprovalRequest>

  /** Consents beforehand. */
  grant(terms: GrantTerms): Promise<Grant>

  /** All grants, oldest first, also those that are used up or over. */
  grants(): Promise<readonly Grant[]>

  /** Takes a grant back. Tells whether there was one. */
  revoke(id: string): Promise<boolean>

  /** Turns a kill switch on; every process that shares the state sees it at its next call. */
  kill(what?: Stop): Promise<Switch>

  /** Turns a kill switch off. Tells whether it was on. */
  unkill(id: string): Promise<boolean>

  /** The kill switches that are on, oldest first. */
  switches(): Promise<readonly Switch[]>

  /** Registers an agent, or replaces what is registered of it; a key that it has stays its key. */
  register(id: string, options?: AgentOptions): Promise<Agent>

  /** A registered agent, or null if there is none of that id. */
  agent(id: string): Promise<Agent | null>

  /** All registered agents. */
  agents(): Promise<readonly Agent[]>

  /** Makes a new API key for a registered agent. It is told this once and kept nowhere. */
  newKey(id: string): Promise<string>

  /**
   * How a call is read and what every clause of the policy says of it. Records nothing. Throws as `guard` where it
   * would have to wait.
   */
  explain<A extends object>(tool: string, args?: (A & PlainForm<A>) | string | null, facts?: CallFacts): Explanation

  /** As `explain`, also where it takes a wait. */
  explainAsync<A extends object>(
    tool: string,
    args?: (A & PlainForm<A>) | string | null,
    facts?: CallFacts,
  ): Promise<Explanation>

  /**
   * Loads the policy again. It is swapped whole: a call meets the old one or the new one. Rejects with
   * {@link PolicyError} and every problem of the new policy; the old one then stays in force.
   */
  reload(): Promise<void>

  /**
   * Checks the whole audit log on disk. A gate without one has nothing that could be wrong. Rejects with
   * {@link AuditError} if the log cannot be read.
   */
  verifyAudit(): Promise<Verification>

  /**
   * Whether a decision may take as long as the network or the disk does: the policy has host names looked up, or uses
   * state that is kept outside this process's memory. Names whose addresses the policy gives itself take no wait.
   */
  get waits(): boolean

  /** The digest of the policy in force, `sha256:…`; empty if there is none. */
  get policyHash(): string

  /** The directory of the audit log, or null. */
  get auditDirectory(): string | null
}

/** The whole answer to a tool call. Only a gate makes one, and nothing changes it. */
export class Decision {
  private constructor()

  /** Names this decision in the audit log: `dec_` and 32 hexadecimal digits. */
  get id(): string

  /** When it was made, as RFC 3339 text in UTC with microseconds. */
  get at(): string

  /** The verdict. */
  get verdict(): Verdict

  /** What the verdict would have been, if the policy only observes; else null. */
  get observed(): Verdict | null

  /** Whether the tool may run. */
  get allowed(): boolean

  /** Why, as a word to match on, such as `path.outside_allowed`. Codes are never renamed. */
  get code(): string

  /** Why, in a sentence for a person or a model. */
  get reason(): string

  /** The rules and tool entries that led to it, strictest first. */
  get rules(): readonly string[]

  /** The action as it was read. */
  get action(): Action

  /** How dangerous it is. */
  get risk(): Risk

  /** How dangerous it is, 0 to 100. */
  get riskScore(): number

  /** Digest of the policy that decided, `sha256:…`; empty if there is none. */
  get policyHash(): string

  /** What comes with the verdict. */
  get obligations(): readonly Obligation[]

  /** Who has to consent and the request that was made of it, or null. */
  get approval(): Approval | null

  /** Where the action's path really leads, or null if it has none or its links were not followed. */
  get realPath(): string | null

  /**
   * Opens exactly the file that was decided about: no link that has been put in its way since is followed.
   *
   * Rejects with an error of code `EACCES` if the decision does not allow it: the verdict is not `allow`, the action is
   * not about one file whose links were followed, or it only reads and `flags` change the file. Rejects with a system
   * error for whatever else keeps the file from being opened.
   *
   * ```js
   * const decision = gate.guard('read_file', { path: '/workspace/notes.md' })
   * const file = await decision.open()
   * const text = await file.readFile('utf8')
   * await file.close()
   * ```
   *
   * @param flags As `fs.open` takes them: `r`, `r+`, `w`, `wx`, `w+`, `a`, …
   */
  open(flags?: string): Promise<OpenFile>

  /** What `JSON.parse` makes of `canonicalJson()`; `JSON.stringify` asks for it. */
  toJSON(): DecisionJson

  /** Everything as canonical JSON text: the same bytes in every language. */
  canonicalJson(): string
}

/** An open file. Node makes its own `FileHandle` of a path alone; this has the methods of one that are used most. */
export class OpenFile {
  private constructor()

  /** The descriptor; -1 once the file is closed or handed to a stream. */
  get fd(): number
  readFile(options?: { encoding?: null } | null): Promise<Buffer>
  readFile(options: BufferEncoding | { encoding: BufferEncoding }): Promise<string>
  writeFile(data: string | NodeJS.ArrayBufferView, options?: BufferEncoding | null): Promise<void>
  read(
    buffer: NodeJS.ArrayBufferView,
    offset?: number,
    length?: number,
    position?: number | null,
  ): Promise<{ bytesRead: number; buffer: NodeJS.ArrayBufferView }>
  write(
    buffer: NodeJS.ArrayBufferView,
    offset?: number,
    length?: number,
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffer: NodeJS.ArrayBufferView }>
  stat(): Promise<import('node:fs').Stats>
  truncate(length?: number): Promise<void>
  /** A stream of the file from where it stands, which closes it at its end. */
  createReadStream(options?: { encoding?: BufferEncoding; start?: number; end?: number }): import('node:fs').ReadStream
  /** A stream into the file, which closes it at its end. */
  createWriteStream(options?: { encoding?: BufferEncoding; start?: number }): import('node:fs').WriteStream
  close(): Promise<void>
}

/**
 * Lets a function run only if the policy allows the call. The wrapper takes the arguments as one object and hands the
 * function a private copy of them, the one that was decided about. What follows them is not the model's, such as a
 * framework's context: it is handed over as it is, and no policy sees it.
 *
 * The wrapper's promise rejects with {@link ToolDenied}, {@link ApprovalRequired} or {@link DryRun} if the function may
 * not run. A generator function becomes one that is asynchronous and asks before its first item. What became of the
 * call is recorded: whether it failed, with which type of error, and how long it took.
 *
 * ```js
 * const readFile = guarded(gate, 'read_file', async ({ path }) => fs.readFile(path, 'utf8'))
 * const search = guarded(gate, 'search', tool, ({ toolCallId, abortSignal }) => ({
 *   callId: toolCallId,
 *   signal: abortSignal,
 * }))
 * ```
 *
 * @param gate The gate that decides; the default gate if left out.
 * @param options What `Gate.run` takes beside the arguments, or a function that makes it of what follows the arguments.
 */
export function guarded<A extends object, More extends unknown[], T, R>(
  gate: Gate,
  tool: string,
  fn: (args: A, ...more: More) => AsyncGenerator<T, R, any> | Generator<T, R, any>,
  options?: RunOptions | ((...more: More) => RunOptions),
): (args: A, ...more: More) => AsyncGenerator<T, R, any>
export function guarded<A extends object, More extends unknown[], R>(
  gate: Gate,
  tool: string,
  fn: (args: A, ...more: More) => R,
  options?: RunOptions | ((...more: More) => RunOptions),
): (args: A, ...more: More) => Promise<Awaited<R>>
export function guarded<A extends object, More extends unknown[], T, R>(
  tool: string,
  fn: (args: A, ...more: More) => AsyncGenerator<T, R, any> | Generator<T, R, any>,
  options?: RunOptions | ((...more: More) => RunOptions),
): (args: A, ...more: More) => AsyncGenerator<T, R, any>
export function guarded<A extends object, More extends unknown[], R>(
  tool: string,
  fn: (args: A, ...more: More) => R,
  options?: RunOptions | ((...more: More) => RunOptions),
): (args: A, ...more: More) => Promise<Awaited<R>>

/**
 * Says who asks, and what else holds for all tool calls that `fn` makes, also across `await`; returns what `fn`
 * returns.
 *
 * What a nested context or the call itself says wins over the outer one. Labels and signals add up: they can only make
 * answers stricter.
 *
 * ```js
 * await context({ principal: 'agent:finance-sync', session: 'run-7' }, () => charge({ amount: 1 }))
 * ```
 *
 * @throws {TypeError} for what cannot be read, before anything runs.
 */
export function context<R>(facts: Facts, fn: () => R): R

/**
 * The gate that `guarded` uses where none is given. It is built once, at the first use, as `Gate.discover` does.
 * Without a usable policy it denies everything, and each decision says why and what to do.
 */
export function defaultGate(): Gate

/** Makes `gate` the one that is used where none is given. Nothing looks for the policy anew, at the next use. */
export function setDefaultGate(gate?: Gate | null): void

/**
 * Takes secrets out of plain values: what stands under a name such as `password` or looks like a key, a token or a card
 * number is replaced by `[redacted:kind]`.
 *
 * It is what the audit log does before anything is written. A secret of no known shape under an innocent name is not
 * found.
 *
 * @throws {TypeError} for a value that has no plain form, with its place.
 */
export function redact(value: Plain): Plain

/**
 * Opens the file `path` beneath the directory `root`.
 *
 * No name of `path` may be a link, not even one that stays beneath `root`, and none may be `..`. What is opened is what
 * the names say, whatever happens to the tree meanwhile. `root` itself is trusted and may be reached by links. A hard
 * link is a name like any other and is not seen.
 *
 * @param flags As `fs.open` takes them.
 */
export function openBeneath(root: string, path: string, flags?: string): Promise<OpenFile>

/** What all errors of Toolgate have in common. */
export class ToolgateError extends Error {}

/** A tool did not run. Its message says what stopped it, the reason and the code, fit to be shown to the model. */
export abstract class NotAllowed extends ToolgateError {
  /** The whole decision. */
  readonly decision: Decision
  /** The decision's. */
  readonly verdict: Exclude<Verdict, 'allow'>
  /** The decision's. */
  readonly code: string
}

/** The tool may not run. `decision` says why. */
export class ToolDenied extends NotAllowed {
  private constructor()
  readonly name: 'ToolDenied'
  readonly verdict: 'deny'
}

/**
 * The tool may run once a person consents. Once one has, the same call is allowed, once.
 *
 * ```js
 * if (error instanceof ApprovalRequired && (await error.wait()).status === 'approved') return charge(args)
 * ```
 */
export class ApprovalRequired extends NotAllowed {
  private constructor()
  readonly name: 'ApprovalRequired'
  readonly verdict: 'require_approval'
  /** The decision's: who has to consent, and the request that was made of it. */
  get approval(): Approval
  /** As `Gate.wait`, for this request. */
  wait(options?: WaitOptions): Promise<ApprovalRequest>
}

/** The policy wants the tool to be tried without effect, so it did not run. */
export class DryRun extends NotAllowed {
  private constructor()
  readonly name: 'DryRun'
  readonly verdict: 'dry_run'
}

/** Why a tool did not run; `verdict` tells them apart. */
export type Refusal = ToolDenied | ApprovalRequired | DryRun

/** A policy was not loaded. Its message shows all problems, each with its place and what to do about it. */
export class PolicyError extends ToolgateError {
  /** Everything that is wrong with it. */
  readonly problems: readonly Problem[]
  /** `policy.invalid`, `policy.missing` or `policy.digest_mismatch`. */
  readonly code: string
}

/** The audit log could not be written or read. */
export class AuditError extends ToolgateError {
  readonly code: 'audit.unwritable'
}

/** Something could not be done with approvals, budgets or other state. */
export class StateError extends ToolgateError {
  /** Why, such as `approval.expired` or `store.unavailable`. */
  readonly code: string
}

/** The version of the package. */
export const version: string
