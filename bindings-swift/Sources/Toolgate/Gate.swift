import Dispatch
internal import ToolgateNative

/// Decides about tool calls by one policy. Share one: all methods may be used from any task and any thread.
///
///     let gate = try Gate(file: "toolgate.yaml")
///     gate.guard(tool: "read_file", args: ["path": "/etc/shadow"]).verdict   // .deny
public final class Gate: Sendable {
    /// Missing only if the library failed while it looked for the policy; then everything is denied.
    private let made: NativeGate?

    /// Where decisions are recorded.
    public enum Audit: Sendable, Hashable {
        /// Where the policy says; if it does not, in `.toolgate/audit/` beside it.
        case asPolicySays
        /// Nowhere.
        case off
        /// In this directory.
        case directory(String)
    }

    private init(_ native: NativeGate?) {
        made = native
    }

    /// A gate for the policy in a file.
    ///
    /// - Parameters:
    ///   - path: The policy file.
    ///   - audit: Where decisions are recorded.
    ///   - policyDigest: Refuse any policy, also at a reload, whose `policyHash` is not this.
    ///   - cwd: The directory the tools run in, where relative paths start; the process's own if unsaid.
    ///   - home: What `~` stands for; the user's home directory if unsaid.
    ///   - secrets: Texts of at least 32 bytes with which tokens are signed, the first signs; as the policy says if
    ///     there are none. What is thrown for a bad one does not show it.
    /// - Throws: `ToolgateError.policy` with every problem of the policy, or why it cannot be read.
    public convenience init(
        file path: String, audit: Audit = .asPolicySays, policyDigest: String? = nil, cwd: String? = nil,
        home: String? = nil, secrets: [String] = []
    ) throws {
        let settings = NativeSettings(audit, policyDigest: policyDigest, cwd: cwd, home: home, secrets: secrets)
        self.init(try calling { try NativeGate.fromFile(path: path, settings: settings) })
    }

    /// A gate for a policy given as text. Files that it includes are looked for in the working directory; the other
    /// parameters are those of `init(file:)`.
    ///
    /// - Throws: `ToolgateError.policy` with every problem of the policy.
    public convenience init(
        yaml text: String, audit: Audit = .asPolicySays, policyDigest: String? = nil, cwd: String? = nil,
        home: String? = nil, secrets: [String] = []
    ) throws {
        let settings = NativeSettings(audit, policyDigest: policyDigest, cwd: cwd, home: home, secrets: secrets)
        self.init(try calling { try NativeGate.fromYaml(text: text, settings: settings) })
    }

    /// The gate of this place: the policy named by the environment variable `TOOLGATE_POLICY`, else `toolgate.yaml` in
    /// the working directory or above it. Without a usable policy everything is denied, and each decision says why.
    public static func discover() -> Gate {
        Gate(try? NativeGate.discover())
    }

    /// A gate on no machine in particular that records nothing and whose clock stands still at `now` until it is set, for
    /// the vectors.
    package static func at(
        _ now: String, yaml text: String, cwd: String, home: String, files: String? = nil, idSeed: UInt64? = nil,
        secrets: [String] = []
    ) throws -> Gate {
        let made = try calling {
            try NativeGate.at(
                text: text, now: now, cwd: cwd, home: home, files: files, idSeed: idSeed, secrets: secrets)
        }
        return Gate(made)
    }

    /// Sets the clock of a gate for the vectors.
    package func set(time now: String) throws {
        try calling { try native.setTime(now: now) }
    }

    /// Decides about a tool call, records the decision and returns it. Runs nothing.
    ///
    /// Never fails for anything about the call: what cannot be read is denied with a code such as
    /// `call.number_out_of_range`.
    public func `guard`(_ call: ToolCall) -> Decision {
        do {
            return Decision(try decide(call))
        } catch let problem as JSONProblem {
            return refuse(call.tool, code: problem.code, message: problem.told("call"))
        } catch {
            return refuse(call.tool, code: "internal.error", message: "the guard failed inside: \(type(of: error))")
        }
    }

    /// The same for a call that is put together here; the parameters are those of `ToolCall`.
    ///
    ///     let decision = gate.guard(tool: "stripe.charges.create", args: ["amount": 2000], principal: "agent:sync")
    ///     decision.code   // "policy.default"
    public func `guard`(
        tool: String, args: Value = [:], principal: Principal? = nil, session: String? = nil, callID: String? = nil,
        approval: String? = nil, estimatedCostUSD: String? = nil, framework: String? = nil, server: String? = nil,
        cwd: String? = nil, signals: [String] = [],
        labels: [String] = []
    ) -> Decision {
        self.guard(
            ToolCall(
                tool: tool, args: args, principal: principal, session: session, callID: callID, approval: approval,
                estimatedCostUSD: estimatedCostUSD, framework: framework,
                server: server, cwd: cwd, signals: signals, labels: labels))
    }

    /// Records what became of a decision, and settles what it has taken from budgets.
    ///
    /// - Throws: `ToolgateError.audit` if the audit log cannot be written, `.failed` if the state cannot.
    public func record(_ decision: Decision, _ outcome: Outcome) throws {
        guard let made = decision.answer.native else {
            throw ToolgateError.audit("the decision never reached the log, so nothing can be added to it")
        }
        try calling { try native.record(decision: made, outcome: outcome.native) }
    }

    /// How a call is read and what every clause of the policy says of it: `verdict`, `code`, `reason` and `parts`, for
    /// the action and each of its effects the `action` and what all `rules` say. Records nothing. A call that cannot be
    /// read has no parts.
    public func explain(_ call: ToolCall) throws -> Value {
        do {
            let writer = try Self.written(call)
            return try Value(json: calling { try writer.lent { try native.explain(call: $0) } })
        } catch let problem as JSONProblem {
            return [
                "verdict": "deny", "code": .string(problem.code), "reason": .string(problem.told("args")), "parts": [],
            ]
        }
    }

    /// Loads the policy again. It is swapped whole: a call meets the old one or the new one.
    ///
    /// - Throws: `ToolgateError.policy` with every problem of the new policy; the old one then stays in force.
    public func reload() throws {
        try calling { try native.reload() }
    }

    /// Checks the whole audit log on disk. A gate without one has nothing that could be wrong.
    ///
    /// - Throws: `ToolgateError.audit` if the log cannot be read.
    public func verifyAudit() async throws -> Verification {
        try await aside { Verification(try $0.verifyAudit()) }
    }

    /// Does one of the core's operations. What is null is left out.
    func operate(_ operation: String, _ args: [String: Value]) async throws -> Value {
        let text = try Value.object(args).json()
        return try Value(json: try await aside { try $0.operate(operation: operation, args: text) })
    }

    /// Does what may take long elsewhere: the threads that tasks share are few.
    private func aside<Output: Sendable>(_ work: @escaping @Sendable (NativeGate) throws -> Output) async throws
        -> Output
    {
        try await withCheckedThrowingContinuation { done in
            DispatchQueue.global().async {
                done.resume(with: Result { try calling { try work(self.native) } })
            }
        }
    }

    /// Whether a decision may take as long as the network or the disk does: the policy has host names looked up, or uses
    /// state that is kept outside this process's memory. Names whose addresses the policy gives itself take no wait.
    public var waits: Bool { (try? native.waits()) ?? false }

    /// The digest of the policy in force, `sha256:…`; empty if there is none.
    public var policyHash: String { (try? native.policyHash()) ?? "" }

    /// The directory of the audit log, if there is one.
    public var auditDirectory: String? { (try? native.auditDirectory()) ?? nil }

    private var native: NativeGate {
        get throws {
            guard let made else { throw ToolgateError.failed("the library failed inside", code: "internal.panic") }
            return made
        }
    }

    /// Takes a call across and reads it there, no more: what the benchmark compares with.
    package static func convertOnly(_ call: ToolCall) throws -> Bool {
        try written(call).lent { try ToolgateNative.convertOnly(call: $0) }
    }

    private static func written(_ call: ToolCall) throws -> JSONWriter {
        var writer = JSONWriter()
        try writer.writeFacts(of: call)
        try writer.writeArguments(of: call)
        return writer
    }

    private func decide(_ call: ToolCall) throws -> NativeDecision {
        var writer = JSONWriter()
        try writer.writeFacts(of: call)
        do {
            try writer.writeArguments(of: call)
        } catch {
            return try refused(call, error)
        }
        return try writer.lent { try native.decide(call: $0) }
    }

    /// The recorded deny of a call whose arguments have no form that could be handed over.
    private func refused(_ call: ToolCall, _ problem: JSONProblem) throws -> NativeDecision {
        var writer = JSONWriter()
        try writer.writeFacts(of: call)
        return try writer.lent { try native.refuse(call: $0, code: problem.code, message: problem.message) }
    }

    /// The deny of a call that could not be handed over.
    func refuse(_ tool: String, code: String, message: String) -> Decision {
        do {
            var writer = JSONWriter()
            try writer.write(Facts(), tool: tool)
            return Decision(try writer.lent { try native.refuse(call: $0, code: code, message: message) })
        } catch {
            return Decision(failure: message)
        }
    }
}

extension NativeSettings {
    fileprivate init(_ audit: Gate.Audit, policyDigest: String?, cwd: String?, home: String?, secrets: [String]) {
        let directory: String? = if case .directory(let path) = audit { path } else { nil }
        self.init(
            audited: audit != .off, auditDirectory: directory, policyDigest: policyDigest, cwd: cwd, home: home,
            secrets: secrets)
    }
}
