internal import ToolgateNative

extension Gate {
    /// Decides about a tool call and, if it is allowed, runs `tool` with the arguments that were decided about. What
    /// became of it is recorded: whether it failed, with which type of error, and how long it took.
    ///
    /// A task that is cancelled before the tool starts does not run it. `tool` runs where the caller does.
    ///
    /// - Throws: `ToolgateError.toolDenied`, `.approvalRequired` or `.dryRun` if the tool may not run,
    ///   `CancellationError`, and whatever the tool throws.
    @discardableResult
    public func run<Output: Sendable>(
        _ call: ToolCall, isolation: isolated (any Actor)? = #isolation, _ tool: (Value) async throws -> Output
    ) async throws -> Output {
        let (decision, args) = try permit(call)
        return try await running(decision) { try await tool(args) }
    }

    /// The same for a call that is put together here; the parameters are those of `ToolCall`.
    ///
    ///     let text = try await gate.run(tool: "read_file", args: ["path": "/workspace/notes.md"]) { args in
    ///         try await read(args["path"])
    ///     }
    @discardableResult
    public func run<Output: Sendable>(
        tool name: String, args: Value = [:], principal: Principal? = nil, session: String? = nil,
        callID: String? = nil, approval: String? = nil, estimatedCostUSD: String? = nil, framework: String? = nil,
        server: String? = nil, cwd: String? = nil,
        signals: [String] = [], labels: [String] = [], isolation: isolated (any Actor)? = #isolation,
        _ tool: (Value) async throws -> Output
    ) async throws -> Output {
        let call = ToolCall(
            tool: name, args: args, principal: principal, session: session, callID: callID, approval: approval,
            estimatedCostUSD: estimatedCostUSD, framework: framework,
            server: server, cwd: cwd, signals: signals, labels: labels)
        return try await run(call, tool)
    }

    /// The same for arguments of a type of your own. The tool gets what was decided about, decoded again, so that it
    /// sees the dates to the second and nothing that the type does not encode.
    @discardableResult
    public func run<Arguments: Codable & Sendable, Output: Sendable>(
        tool name: String, encoding arguments: Arguments, principal: Principal? = nil, session: String? = nil,
        callID: String? = nil, approval: String? = nil, estimatedCostUSD: String? = nil, framework: String? = nil,
        server: String? = nil, cwd: String? = nil,
        signals: [String] = [], labels: [String] = [], isolation: isolated (any Actor)? = #isolation,
        _ tool: (Arguments) async throws -> Output
    ) async throws -> Output {
        let call = ToolCall(
            tool: name, encoding: arguments, principal: principal, session: session, callID: callID, approval: approval,
            estimatedCostUSD: estimatedCostUSD,
            framework: framework, server: server, cwd: cwd, signals: signals, labels: labels)
        let (decision, args) = try permit(call)
        let decoded = try handingOver(call, decision) { try args.decoded(as: Arguments.self) }
        return try await running(decision) { try await tool(decoded) }
    }

    /// The decision that lets a tool run, and the arguments that it is about. Throws for every other decision.
    private func permit(_ call: ToolCall) throws -> (Decision, Value) {
        let decision = self.guard(call)
        guard decision.allowed, let made = decision.answer.native else { throw ToolgateError(decision) }
        // A value that nobody else can change is its own snapshot; text is what the core read of it.
        if case .value(let args) = call.args { return (decision, args) }
        return (decision, try handingOver(call, decision) { try Value(json: made.arguments()) })
    }

    /// What `work` makes of the arguments. If it fails, the tool does not run, and the log says so.
    private func handingOver<Output>(_ call: ToolCall, _ decision: Decision, _ work: () throws -> Output) throws
        -> Output
    {
        do {
            return try work()
        } catch {
            note(decision, Outcome(.skipped))
            let why = "the arguments cannot be handed to the tool: \(type(of: error))"
            throw ToolgateError.toolDenied(refuse(call.tool, code: "call.unsupported_value", message: why))
        }
    }

    private func running<Output: Sendable>(
        _ decision: Decision, isolation: isolated (any Actor)? = #isolation, _ tool: () async throws -> Output
    ) async throws -> Output {
        if Task.isCancelled {
            note(decision, Outcome(.skipped))
            throw CancellationError()
        }
        let clock = ContinuousClock()
        let started = clock.now
        do {
            let output = try await tool()
            note(decision, Outcome(.executed, durationMS: milliseconds(clock.now - started)))
            return output
        } catch {
            // Of an error only the type is recorded: its text may hold what the tool has seen.
            let kind = String(describing: type(of: error))
            note(decision, Outcome(.failed, durationMS: milliseconds(clock.now - started), error: kind))
            throw error
        }
    }

    /// The tool has run: what it returned counts, also if that can no longer be written down.
    private func note(_ decision: Decision, _ outcome: Outcome) {
        try? record(decision, outcome)
    }
}

private func milliseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    return UInt64(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
}
